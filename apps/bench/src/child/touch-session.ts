import type { Message, SessionStore } from "@agent-sessions/core";
import { timed } from "../measure-sides.js";
import { type Backend, loadBackend } from "../open-backend.js";
import { peakMemoryMB } from "./memory-use.js";

export interface TouchSessionInput {
  readonly backend: Backend;
  readonly path: string;
  readonly id: string;
  readonly what: "append" | "head" | "newest";
  readonly message: Message;
}

export interface TouchSessionAnswer {
  readonly milliseconds: number;
  /** The most memory that the whole process ever held, in MB. */
  readonly peakMB: number;
}

const NEWEST = 20;

/** Opens a store, and appends one message to a session, or reads its head or its newest messages, with everything loaded before. */
export async function touchSession(input: TouchSessionInput): Promise<TouchSessionAnswer> {
  const open = await loadBackend(input.backend);
  const milliseconds = await timed(async () => {
    await touch(await open(input.path, { durability: "relaxed" }), input);
  });
  return { milliseconds, peakMB: peakMemoryMB() };
}

async function touch(store: SessionStore, { id, what, message }: TouchSessionInput): Promise<void> {
  if (what === "append") await store.append(id, message);
  else if (what === "head") await store.head(id);
  else {
    let read = 0;
    for await (const _ of store.messages(id, { order: "desc", limit: NEWEST })) read++;
    if (read !== NEWEST) throw new Error(`Read ${read} of the newest ${NEWEST} messages.`);
  }
}
