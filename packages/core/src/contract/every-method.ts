import type { SessionSnapshot, SessionStore } from "../session-store.js";
import { collect } from "./collect.js";
import { user } from "./sample-messages.js";

/** One call of one method of a store. */
export interface MethodCall {
  readonly method: string;
  /** Iterables are read to their end. */
  readonly call: (store: SessionStore) => Promise<unknown>;
}

/** Every method that takes an id, called with `id` and otherwise valid arguments. `id` may be anything. */
export function callsWithId(given: unknown): readonly MethodCall[] {
  const id = given as string;
  return [
    { method: "create", call: (store) => store.create({ id }) },
    { method: "save", call: (store) => store.save(id, { messages: [user("x")] }) },
    { method: "append", call: (store) => store.append(id, user("x")) },
    {
      method: "append with createIfMissing",
      call: (store) => store.append(id, user("x"), { createIfMissing: true }),
    },
    { method: "update", call: (store) => store.update(id, { title: "x" }) },
    { method: "update with a function", call: (store) => store.update(id, () => ({ title: "x" })) },
    { method: "truncate", call: (store) => store.truncate(id, 0) },
    { method: "fork", call: (store) => store.fork(id) },
    { method: "delete", call: (store) => store.delete(id) },
    { method: "restore", call: (store) => store.restore(snapshotWithId(id)) },
    { method: "exists", call: (store) => store.exists(id) },
    { method: "head", call: (store) => store.head(id) },
    { method: "load", call: (store) => store.load(id) },
    { method: "messages", call: async (store) => collect(store.messages(id)) },
    { method: "withLock", call: (store) => store.withLock(id, async () => undefined) },
    { method: "repair", call: (store) => store.repair(id) },
  ];
}

/** Every method at least once, `close` and `inNamespace` aside. */
export function everyCall(id: string, backupTarget: string): readonly MethodCall[] {
  return [
    ...callsWithId(id),
    { method: "fork to an id", call: (store) => store.fork(id, { id: `${id}-fork` }) },
    { method: "list", call: (store) => store.list() },
    { method: "search", call: async (store) => collect(store.search("x")) },
    { method: "namespaces", call: async (store) => collect(store.namespaces()) },
    { method: "verify", call: async (store) => collect(store.verify()) },
    { method: "repair of everything", call: (store) => store.repair() },
    { method: "backup", call: (store) => store.backup(backupTarget) },
  ];
}

/** A complete snapshot of an empty session. */
export function snapshotWithId(id: string): SessionSnapshot {
  return {
    head: {
      id,
      namespace: "",
      title: "",
      preview: "",
      labels: [],
      metadata: {},
      pinned: false,
      archived: false,
      parent: null,
      usage: { inputTokens: 0, outputTokens: 0 },
      messageCount: 0,
      revision: 1,
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      state: {},
    },
    entries: [],
  };
}
