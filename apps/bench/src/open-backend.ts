import type { SessionStore } from "@agent-sessions/core";

export const BACKENDS = ["json", "yaml", "sqlite"] as const;
export type Backend = (typeof BACKENDS)[number];
export type Durability = "durable" | "relaxed";

export interface BackendOptions {
  readonly durability?: Durability;
  /** SQLite only: whether a new database gets a search index. */
  readonly search?: boolean;
  readonly lockTimeoutMs?: number;
}

/** Loads one backend and nothing of the others, as an application that uses it does. */
export async function loadBackend(
  backend: Backend,
): Promise<(path: string, options?: BackendOptions) => Promise<SessionStore>> {
  switch (backend) {
    case "json": {
      const { openJsonSessionStore } = await import("@agent-sessions/json");
      return async (path, options = {}) => await openJsonSessionStore({ path, ...withoutSearch(options) });
    }
    case "yaml": {
      const { openYamlSessionStore } = await import("@agent-sessions/yaml");
      return async (path, options = {}) => await openYamlSessionStore({ path, ...withoutSearch(options) });
    }
    case "sqlite": {
      const { openSqliteSessionStore } = await import("@agent-sessions/sqlite");
      return async (path, options = {}) => await openSqliteSessionStore({ path, ...options });
    }
  }
}

export async function openBackend(
  backend: Backend,
  path: string,
  options: BackendOptions = {},
): Promise<SessionStore> {
  const open = await loadBackend(backend);
  return await open(path, options);
}

/** Where a backend keeps its store, when it is given a path without extension. */
export function storePath(path: string, backend: Backend): string {
  return backend === "sqlite" ? `${path}.db` : path;
}

function withoutSearch({ search: _, ...options }: BackendOptions): BackendOptions {
  return options;
}
