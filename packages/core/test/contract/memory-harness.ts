import type { ContractHarness } from "../../src/contract.js";
import { noHooks } from "../../src/contract.js";
import { createMemoryData, type MemoryData, openMemorySessionStore } from "../../src/memory.js";

const NO_DISK = "memory has no files and no medium that could fail";

export const memoryHarness: ContractHarness<MemoryData> = {
  name: "memory",
  capabilities: { durable: false, multiProcess: false, multiHost: false, readOnlyMedia: false },
  create: async () => createMemoryData(),
  open: (data, options) => openMemorySessionStore({ data, ...options }),
  openInProcess: { impossible: "memory belongs to one process" },
  teardown: async () => undefined,
  hooks: noHooks(NO_DISK),
};
