import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import Conf from "conf";
import { addMessage, countIn, newestOf, newSession } from "./session-text.mjs";

/** A config file a session: one file for all would be written whole for each message of any. */
export async function open(folder) {
  const openSession = (id) => new Conf({ cwd: folder, configName: id });
  const readAll = async () => {
    const names = await readdir(folder);
    return names.map((name) => openSession(path.basename(name, ".json")).store);
  };
  return {
    create: async (id, title, message) => {
      openSession(id).store = newSession(id, title, message);
    },
    append: async (id, message) => {
      const conf = openSession(id);
      const session = conf.store;
      addMessage(session, message);
      conf.store = session;
    },
    readLast: async (id, count) => openSession(id).get("messages").slice(-count),
    listNewest: async (count) => newestOf(await readAll(), count),
    countHits: async (word) => {
      let hits = 0;
      for (const { messages } of await readAll()) hits += countIn(messages, word);
      return hits;
    },
    delete: (id) => rm(path.join(folder, `${id}.json`)),
    close: async () => undefined,
  };
}
