import type { OpenBackend } from "@agent-sessions/core";

/** The backends that come along and keep files, by scheme; their packages and drivers load when a store of theirs is opened. */
export const FILE_BACKENDS: Readonly<Record<string, OpenBackend>> = {
  json: async (target) => await (await import("@agent-sessions/json")).open(target),
  yaml: async (target) => await (await import("@agent-sessions/yaml")).open(target),
  sqlite: async (target) => await (await import("@agent-sessions/sqlite")).open(target),
};

/** Every scheme that is served without looking for a package in the working folder's project. */
export const SHIPPED_SCHEMES: readonly string[] = [...Object.keys(FILE_BACKENDS), "memory"];
