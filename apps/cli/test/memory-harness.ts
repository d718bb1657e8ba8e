import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** The built entry points, as a harness outside the workspace would have them installed. */
const entry = (name: string): string =>
  JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve(`@agent-sessions/core/${name}`)).href);

/** A module with a store as an adapter author has it: the one in memory, found where the program's own packages are. */
export const MEMORY_HARNESS: string = `
import { noHooks } from ${entry("contract")};
import { createMemoryData, openMemorySessionStore } from ${entry("memory")};

export const harness = {
  name: "mine",
  capabilities: { durable: false, multiProcess: false, multiHost: false, readOnlyMedia: false },
  create: async () => createMemoryData(),
  open: (data, options) => openMemorySessionStore({ data, ...options }),
  openInProcess: { impossible: "memory belongs to one process" },
  teardown: async () => undefined,
  hooks: noHooks("memory has no medium that could fail"),
};
`;
