import type { OpenBackend } from "@agent-sessions/core";

/** The backends that come along and keep files, by scheme; their packages and drivers load when a store of theirs is opened. */
export const FILE_BACKENDS: Readonly<Record<string, OpenBackend>> = {
  json: async (target) => await (await import("@agent-sessions/json")).open(target),
  yaml: async (target) => await (await import("@agent-sessions/yaml")).open(target),
  sqlite: async (target) => await (await import("./open-sqlite-store.js")).openSqliteStore(target),
};

const postgres: OpenBackend = async (target) => await (await import("@agent-sessions/postgres")).open(target);

/** The backends that come along and reach servers. Their drivers do not come along, and are named when one is missing. */
export const SERVER_BACKENDS: Readonly<Record<string, OpenBackend>> = { postgres, postgresql: postgres };

/** Every scheme that is served without loading a package of the working folder's project, and without reaching a server. */
export const LOCAL_SCHEMES: readonly string[] = [...Object.keys(FILE_BACKENDS), "memory"];
