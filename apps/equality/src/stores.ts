import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { SessionStore, StoreOptions } from "@agent-sessions/core";
import { createMemoryData, openMemorySessionStore } from "@agent-sessions/core/memory";
import { openJsonSessionStore } from "@agent-sessions/json";
import { openPostgresSessionStore } from "@agent-sessions/postgres";
import { openSqliteSessionStore } from "@agent-sessions/sqlite";
import { openYamlSessionStore } from "@agent-sessions/yaml";
import type pg from "pg";

/** How one backend's store is opened, again and again on the same data. */
export interface Opening {
  readonly name: string;
  open(options: StoreOptions): Promise<SessionStore>;
  /** Removes what does not lie in the folder. */
  remove?(): Promise<void>;
}

/** A fresh store of every backend that needs no server. A new backend is one more entry; memory, the reference, comes first. */
export function openings(folder: string): readonly [Opening, ...Opening[]] {
  const data = createMemoryData();
  // What a power cut loses is not what is compared here.
  const durability = "relaxed";
  return [
    { name: "memory", open: (options) => openMemorySessionStore({ ...options, data }) },
    {
      name: "json",
      open: (options) => openJsonSessionStore({ ...options, path: join(folder, "json"), durability }),
    },
    {
      name: "yaml",
      open: (options) => openYamlSessionStore({ ...options, path: join(folder, "yaml"), durability }),
    },
    {
      name: "sqlite",
      open: (options) =>
        openSqliteSessionStore({ ...options, path: join(folder, "sessions.db"), durability }),
    },
  ];
}

/** A fresh store in PostgreSQL, on the server of a pool: each folder is a schema of its own. */
export function postgresOpening(pool: pg.Pool, folder: string): Opening {
  const schemaName = basename(folder);
  return {
    name: "postgres",
    open: (options) => openPostgresSessionStore({ ...options, pool, schemaName, durability: "relaxed" }),
    remove: async () => {
      await pool.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schemaName}" CASCADE`);
    },
  };
}

/** Gives `body` an empty folder, and removes it afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "agent-sessions-equality-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
