// What a user of node:test writes, run by `node --test` in bindings.test.ts.
import { describe, it } from "node:test";
import { bindContract, noHooks } from "@agent-sessions/core/contract";
import { createMemoryData, openMemorySessionStore } from "@agent-sessions/core/memory";

/** @param {import("@agent-sessions/core/memory").MemorySessionStoreOptions} options */
async function open(options) {
  const store = await openMemorySessionStore(options);
  // One thing that is wrong, when asked for: a store whose heads nobody can change.
  if (process.env.STORE === "faulty") store.update = (id) => store.head(id);
  return store;
}

bindContract(
  {
    name: "memory",
    capabilities: { durable: false, multiProcess: false, multiHost: false, readOnlyMedia: false },
    create: async () => createMemoryData(),
    open: (data, options) => open({ data, ...options }),
    openInProcess: { impossible: "memory belongs to one process" },
    teardown: async () => undefined,
    hooks: noHooks("nothing lies on disk"),
  },
  { describe, it },
);
