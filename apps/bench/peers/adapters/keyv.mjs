import path from "node:path";
import KeyvSqlite from "@keyv/sqlite";
import Keyv from "keyv";
import { addMessage, countIn, newestOf, newSession } from "./session-text.mjs";

/** A value a session, in SQLite. */
export async function open(folder) {
  const keyv = new Keyv({ store: new KeyvSqlite(`sqlite://${path.join(folder, "keyv.sqlite")}`) });
  keyv.on("error", (error) => {
    throw error;
  });
  const readAll = async () => {
    const sessions = [];
    for await (const [, session] of keyv.iterator()) sessions.push(session);
    return sessions;
  };
  return {
    create: async (id, title, message) => {
      await keyv.set(id, newSession(id, title, message));
    },
    append: async (id, message) => {
      const session = await keyv.get(id);
      addMessage(session, message);
      await keyv.set(id, session);
    },
    readLast: async (id, count) => (await keyv.get(id)).messages.slice(-count),
    listNewest: async (count) => newestOf(await readAll(), count),
    countHits: async (word) => {
      let hits = 0;
      for (const { messages } of await readAll()) hits += countIn(messages, word);
      return hits;
    },
    delete: async (id) => {
      await keyv.delete(id);
    },
    close: () => keyv.disconnect(),
  };
}
