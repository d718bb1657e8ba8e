import path from "node:path";
import { ClassicLevel } from "classic-level";
import { countIn, newestOf } from "./session-text.mjs";

/** Session rows and messages under sorted keys, both in one batch. */
export async function open(folder, batchOptions = {}) {
  const db = new ClassicLevel(path.join(folder, "level"), { valueEncoding: "json" });
  await db.open();
  const heads = db.sublevel("heads", { valueEncoding: "json" });
  const messages = db.sublevel("messages", { valueEncoding: "json" });
  const keyOf = (id, seq) => `${id}!${String(seq).padStart(10, "0")}`;
  const commit = (head, message) =>
    db.batch(
      [
        { type: "put", sublevel: heads, key: head.id, value: head },
        { type: "put", sublevel: messages, key: keyOf(head.id, head.messageCount), value: message },
      ],
      batchOptions,
    );
  const now = () => new Date().toISOString();
  return {
    create: (id, title, message) => commit({ id, title, updatedAt: now(), messageCount: 1 }, message),
    append: async (id, message) => {
      const head = await heads.get(id);
      await commit({ ...head, updatedAt: now(), messageCount: head.messageCount + 1 }, message);
    },
    readLast: async (id, count) => {
      const range = { gt: `${id}!`, lt: `${id}"`, reverse: true, limit: count };
      return (await messages.values(range).all()).reverse();
    },
    listNewest: async (count) => newestOf(await heads.values().all(), count),
    countHits: async (word) => {
      let hits = 0;
      for await (const message of messages.values()) hits += countIn([message], word);
      return hits;
    },
    delete: async (id) => {
      await heads.del(id);
      await messages.clear({ gt: `${id}!`, lt: `${id}"` });
    },
    close: () => db.close(),
  };
}
