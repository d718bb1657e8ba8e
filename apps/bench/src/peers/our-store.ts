import path from "node:path";
import type { Message } from "@agent-sessions/core";
import { type Backend, type Durability, openBackend, storePath } from "../open-backend.js";
import type { Peer } from "./peer.js";

/** One of our own stores, asked for the same. */
export async function openOurStore(backend: Backend, durability: Durability, folder: string): Promise<Peer> {
  const store = await openBackend(backend, storePath(path.join(folder, "sessions"), backend), { durability });
  return {
    create: async (id, title, message) => {
      await store.create({ id, title, messages: [message as Message] });
    },
    append: async (id, message) => {
      await store.append(id, message as Message);
    },
    readLast: async (id, count) => {
      const messages: object[] = [];
      for await (const { message } of store.messages(id, { last: count })) messages.push(message);
      return messages;
    },
    listNewest: async (count) => (await store.list({ limit: count })).sessions,
    countHits: async (word) => {
      let hits = 0;
      for await (const _ of store.search(word)) hits++;
      return hits;
    },
    delete: async (id) => {
      await store.delete(id);
    },
    close: () => store.close(),
  };
}
