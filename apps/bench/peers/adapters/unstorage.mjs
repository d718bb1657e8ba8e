import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import { addMessage, countIn, newestOf, newSession } from "./session-text.mjs";

/** An item a session, with the file system driver. */
export async function open(folder) {
  const storage = createStorage({ driver: fsDriver({ base: folder }) });
  const readAll = async () => (await storage.getItems(await storage.getKeys())).map(({ value }) => value);
  return {
    create: (id, title, message) => storage.setItem(id, newSession(id, title, message)),
    append: async (id, message) => {
      const session = await storage.getItem(id);
      addMessage(session, message);
      await storage.setItem(id, session);
    },
    readLast: async (id, count) => (await storage.getItem(id)).messages.slice(-count),
    listNewest: async (count) => newestOf(await readAll(), count),
    countHits: async (word) => {
      let hits = 0;
      for (const { messages } of await readAll()) hits += countIn(messages, word);
      return hits;
    },
    delete: (id) => storage.removeItem(id),
    close: () => storage.dispose(),
  };
}
