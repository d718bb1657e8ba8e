/** A wrong harness does not compile: each line marked as an error is one. */
import { type ContractHarness, noHooks } from "../src/contract.js";
import { createMemoryData, type MemoryData, openMemorySessionStore } from "../src/memory.js";

const base = {
  name: "memory",
  create: async () => createMemoryData(),
  open: (data: MemoryData) => openMemorySessionStore({ data }),
  teardown: async () => undefined,
  hooks: noHooks("a type test"),
};
const single = { durable: false, multiProcess: false, multiHost: false, readOnlyMedia: false } as const;
const multi = { ...single, multiProcess: true } as const;
const opener = () => ({ module: "file:///x.js", exportName: "open", options: {} });

export const right: ContractHarness<MemoryData>[] = [
  { ...base, capabilities: single, openInProcess: { impossible: "one process" } },
  { ...base, capabilities: multi, openInProcess: opener },
];

// @ts-expect-error a store for many processes says how another process opens it
export const noOpener: ContractHarness<MemoryData> = { ...base, capabilities: multi };

// @ts-expect-error nor can that be impossible
export const impossibleOpener: ContractHarness<MemoryData> = {
  ...base,
  capabilities: multi,
  openInProcess: { impossible: "too much work" },
};

// @ts-expect-error one for a single process says why there is no opener
export const noReason: ContractHarness<MemoryData> = { ...base, capabilities: single };

const { corrupt: _corrupt, ...withoutCorrupt } = base.hooks;
export const missingHook: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error no hook can be left out, only declared impossible
  hooks: withoutCorrupt,
};

export const wrongHook: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error makeUndeletable gives back how it is undone
  hooks: { ...base.hooks, makeUndeletable: async () => undefined },
};

export const wrongPlace: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error what open takes is what create gives
  create: async () => "a path",
};

export const otherCapabilities: ContractHarness<MemoryData> = {
  ...base,
  // @ts-expect-error every capability is declared
  capabilities: { durable: false, multiProcess: false },
  openInProcess: { impossible: "one process" },
};

export const wrongOpen: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error open gets the store options of the clause, and nothing else behind the place
  open: (data: MemoryData, path: string) => openMemorySessionStore({ data, namespace: path }),
};

export const openWithoutStore: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error open gives a store
  open: async (data: MemoryData) => data,
};

export const neitherHookNorReason: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error a hook is a function, or says why it is impossible
  hooks: { ...base.hooks, corrupt: undefined },
};

export const reasonWithoutText: ContractHarness<MemoryData> = {
  ...base,
  capabilities: single,
  openInProcess: { impossible: "one process" },
  // @ts-expect-error that it is impossible needs a reason
  hooks: { ...base.hooks, corrupt: { impossible: true } },
};
