import { type Backend, openBackend } from "../open-backend.js";
import { type MemoryUse, memoryUseOf } from "./memory-use.js";

export interface StreamMessagesInput {
  readonly backend: Backend;
  readonly path: string;
  readonly id: string;
}

/** Reads all messages of a session, one after the other. */
export async function streamMessages({ backend, path, id }: StreamMessagesInput): Promise<MemoryUse> {
  const store = await openBackend(backend, path);
  const { messageCount } = await store.head(id);
  return await memoryUseOf(async () => {
    let read = 0;
    for await (const _ of store.messages(id)) read++;
    if (read !== messageCount) throw new Error(`Read ${read} of ${messageCount} messages.`);
  });
}
