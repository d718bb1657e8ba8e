import type { Message } from "@agent-sessions/core";
import { timed } from "../measure-sides.js";
import { type Backend, type Durability, loadBackend } from "../open-backend.js";

export interface AppendOnceInput {
  readonly backend: Backend;
  readonly path: string;
  readonly id: string;
  readonly message: Message;
  readonly durability: Durability;
}

/** Opens a store and appends one message, with everything loaded before. */
export async function appendOnce(input: AppendOnceInput): Promise<{ readonly milliseconds: number }> {
  const open = await loadBackend(input.backend);
  const milliseconds = await timed(async () => {
    const store = await open(input.path, { durability: input.durability });
    await store.append(input.id, input.message);
  });
  return { milliseconds };
}
