import type { SessionStore } from "../session-store.js";
import { snapshotWithId } from "./every-method.js";
import { user } from "./sample-messages.js";

/** Every plain write, and the lock itself. */
export function writesTo(
  id: string,
): readonly (readonly [method: string, call: (store: SessionStore) => Promise<unknown>])[] {
  return [
    ["append", (store) => store.append(id, user("x"))],
    ["append with createIfMissing", (store) => store.append(id, user("x"), { createIfMissing: true })],
    ["save", (store) => store.save(id, { messages: [] })],
    ["update", (store) => store.update(id, { title: "T" })],
    ["update by function", (store) => store.update(id, () => ({ title: "T" }))],
    ["truncate", (store) => store.truncate(id, 0)],
    ["delete", (store) => store.delete(id)],
    ["restore", (store) => store.restore(snapshotWithId(id))],
    ["withLock", (store) => store.withLock(id, async () => undefined)],
  ];
}
