import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { addMessage, countIn, newestOf, newSession } from "./session-text.mjs";

/**
 * A JSON file a session, read whole and written whole: what many agent tools do.
 *
 * @param {string} folder
 * @param {(file: string, text: string) => Promise<unknown>} [write]
 */
export async function open(folder, write = writeAndRename) {
  const fileOf = (id) => path.join(folder, `${id}.json`);
  const read = async (file) => JSON.parse(await readFile(file, "utf8"));
  const readAll = async () => {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    const sessions = [];
    for (const name of names) sessions.push(await read(path.join(folder, name)));
    return sessions;
  };
  return {
    create: (id, title, message) => write(fileOf(id), JSON.stringify(newSession(id, title, message))),
    append: async (id, message) => {
      const session = await read(fileOf(id));
      addMessage(session, message);
      await write(fileOf(id), JSON.stringify(session));
    },
    readLast: async (id, count) => (await read(fileOf(id))).messages.slice(-count),
    listNewest: async (count) => newestOf(await readAll(), count),
    countHits: async (word) => {
      let hits = 0;
      for (const { messages } of await readAll()) hits += countIn(messages, word);
      return hits;
    },
    delete: (id) => rm(fileOf(id)),
    close: async () => undefined,
  };
}

async function writeAndRename(file, text) {
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}
