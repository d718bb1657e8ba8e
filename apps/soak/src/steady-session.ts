import type { Message, SessionStore } from "@agent-sessions/core";
import { LANDMARK } from "./jobs/churn.js";
import { messageOf, tagOf } from "./texts.js";

/** A session that only grows: a landmark, then whole batches `1.0 1.1 2.0 2.1 …`. */
export async function createSteady(store: SessionStore, id: string): Promise<void> {
  await store.create({ id, title: id, messages: [messageOf({ tag: LANDMARK, fill: 0 })] });
}

/** Why these are not the messages of a steady session as it was at one moment; null when they are. */
export function steadyFault(messages: readonly Message[]): string | null {
  if (messages.length % 2 !== 1) return `a batch is torn: ${messages.length} messages`;
  for (const [index, message] of messages.entries()) {
    const expected = index === 0 ? LANDMARK : `${Math.ceil(index / 2)}.${(index + 1) % 2}`;
    const tag = tagOf(message);
    if (tag !== expected) return `message ${index + 1} is ${tag} instead of ${expected}`;
  }
  return null;
}
