import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { JSONFilePreset } from "lowdb/node";
import { addMessage, countIn, newestOf, newSession } from "./session-text.mjs";

/** A database file a session; an open one keeps its data in memory, as the library means it. */
export async function open(folder) {
  const opened = new Map();
  const openSession = async (id) => {
    const db = opened.get(id) ?? (await JSONFilePreset(path.join(folder, `${id}.json`), null));
    opened.set(id, db);
    return db;
  };
  const readAll = async () => {
    const sessions = [];
    for (const name of await readdir(folder)) {
      const db = await JSONFilePreset(path.join(folder, name), null);
      sessions.push(db.data);
    }
    return sessions;
  };
  return {
    create: async (id, title, message) => {
      const db = await JSONFilePreset(path.join(folder, `${id}.json`), newSession(id, title, message));
      await db.write();
    },
    append: async (id, message) => {
      const db = await openSession(id);
      await db.update((session) => addMessage(session, message));
    },
    readLast: async (id, count) => (await openSession(id)).data.messages.slice(-count),
    listNewest: async (count) => newestOf(await readAll(), count),
    countHits: async (word) => {
      let hits = 0;
      for (const { messages } of await readAll()) hits += countIn(messages, word);
      return hits;
    },
    delete: async (id) => {
      opened.delete(id);
      await rm(path.join(folder, `${id}.json`));
    },
    close: async () => undefined,
  };
}
