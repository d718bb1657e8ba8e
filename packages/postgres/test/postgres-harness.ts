import { createHash, randomUUID } from "node:crypto";
import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import type { ContractHarness } from "@agent-sessions/core/contract";
import pg from "pg";
import { inject } from "vitest";
import { openPostgresSessionStore, type PostgresSessionStoreOptions } from "../src/index.js";

/** The server of this run, as its superuser. */
export const connectionString: string = inject("postgresUrl");

/** The name of a schema that does not exist yet. */
export function newSchemaName(): string {
  return `${inject("schemaPrefix")}${randomUUID().slice(0, 13)}"`;
}

/** What reaches around the store. It ends with the test file's process. */
const hands = new pg.Pool({ connectionString, max: 2, allowExitOnIdle: true });

export async function query(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return (await hands.query(text, values)).rows as Record<string, unknown>[];
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The code that a call rejects with, or "none"; what is not of the library is thrown. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (SessionStoreError.is(error)) return error.code;
    throw error;
  }
  return "none";
}

const BUILT = new URL("../dist/index.js", import.meta.url).href;

/**
 * Of all stores that a contract opens in this process: to begin a connection and to make the functions of a schema known to it takes the
 * server longer than a whole clause. A pool that was handed in is one of the two ways to connect.
 */
const shared = new pg.Pool({ connectionString, max: 8, allowExitOnIdle: true });

/** @param connects by a pool that all stores share, or each by a pool of its own; stores of other processes always have their own */
export function postgresHarness(
  name: string,
  settings: Pick<PostgresSessionStoreOptions, "search"> = {},
  connects: "shared pool" | "own pool" = "shared pool",
): ContractHarness<string> {
  const common = { durability: "relaxed", ...settings } as const;
  const options = { ...common, connectionString, poolSize: 4 };
  const opened = connects === "own pool" ? options : { ...common, pool: shared };
  return {
    name,
    capabilities: { durable: false, multiProcess: true, multiHost: true, readOnlyMedia: true },
    create: async () => newSchemaName(),
    open: (schemaName, given): Promise<SessionStore> =>
      openPostgresSessionStore({ ...opened, schemaName, ...given }),
    openInProcess: (schemaName) => ({
      module: BUILT,
      exportName: "openPostgresSessionStore",
      options: { ...options, schemaName },
    }),
    // All schemas of a run are dropped at its end, where the server lives on.
    teardown: async () => undefined,
    hooks: {
      corrupt: async (schemaName, id, part) => {
        const schema = quoted(schemaName);
        const garble =
          part === "head"
            ? `UPDATE ${schema}.sessions SET labels = '{garbled' WHERE id = $1`
            : `UPDATE ${schema}.entries e SET message = '{garbled' FROM ${schema}.sessions s WHERE s.id = $1
                 AND e.namespace = s.namespace AND e.transcript = s.transcript AND e.seq = (s.message_count + 1) / 2`;
        await query(garble, [id]);
      },
      makeUndeletable: (schemaName, id) =>
        trigger(schemaName, "sessions", "DELETE", `OLD.id = '${id.replaceAll("'", "''")}'`, "P0001"),
      plantFolder: { impossible: "all sessions lie in tables" },
      tearTail: { impossible: "the server's own log decides what of a torn write counts" },
      plantUnknownField: async (schemaName, id) => {
        const table = `${quoted(schemaName)}.sessions`;
        await query(`ALTER TABLE ${table} ADD COLUMN from_a_newer_minor text`);
        await query(`UPDATE ${table} SET from_a_newer_minor = 'kept' WHERE id = $1`, [id]);
        const read = `SELECT from_a_newer_minor AS field FROM ${table} WHERE id = $1`;
        return async () => (await query(read, [id]))[0]?.["field"] === "kept";
      },
      plantStrays: async (schemaName) => {
        const schema = quoted(schemaName);
        await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
        const [there] = await query("SELECT to_regclass($1) AS store", [`${schema}.sessions`]);
        if (there?.["store"] === null) return;
        // A writer that was killed while it staged a session, and another program's table.
        await query(`CREATE TABLE ${schema}.notes (note text); INSERT INTO ${schema}.notes VALUES ('not a session');
          INSERT INTO ${schema}.transcripts VALUES (900, 900, '', 'stray');
          INSERT INTO ${schema}.entries VALUES (900, 1, 0, '', '{"content":"stray"}')`);
      },
      plantForeign: async (schemaName) => {
        const schema = quoted(schemaName);
        await query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.bookmarks (url text);
          INSERT INTO ${schema}.bookmarks VALUES ('https://example.org/')`);
      },
      plantNewerFormat: async (schemaName) => {
        await query(`UPDATE ${quoted(schemaName)}.agent_sessions_store SET major = 2`);
      },
      failWrites: (schemaName) => failing(schemaName, ["INSERT", "UPDATE"], "53100"),
      makeReadOnly: (schemaName) => failing(schemaName, ["INSERT", "UPDATE", "DELETE"], "25006"),
      damageIndex: { impossible: "the indexes are the server's" },
      snapshot,
      surroundings: async (schemaName) => {
        const rows = await query(
          "SELECT nspname FROM pg_namespace WHERE nspname <> $1 AND nspname NOT LIKE 'test %' AND nspname NOT LIKE 'pg_%'",
          [schemaName],
        );
        return rows.map(({ nspname }) => String(nspname));
      },
      modes: { impossible: "the server's files are its own" },
      backupTarget: { impossible: "a server has backups of its own, and backup() names them" },
    },
  };
}

async function failing(
  schemaName: string,
  events: readonly string[],
  state: string,
): Promise<() => Promise<void>> {
  const undo: (() => Promise<void>)[] = [];
  for (const table of ["sessions", "entries"]) {
    for (const event of events) undo.push(await trigger(schemaName, table, event, "true", state));
  }
  return async () => {
    for (const one of undo) await one();
  };
}

/** Lets the server fail with a state of its own choice. */
async function trigger(
  schemaName: string,
  table: string,
  event: string,
  when: string,
  state: string,
): Promise<() => Promise<void>> {
  const schema = quoted(schemaName);
  const name = `planted_${randomUUID().replaceAll("-", "")}`;
  await query(`CREATE FUNCTION ${schema}.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '${state}'; END $$;
    CREATE TRIGGER ${name} BEFORE ${event} ON ${schema}.${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${schema}.${name}()`);
  return async () => {
    await query(`DROP FUNCTION ${schema}.${name} CASCADE`);
  };
}

/** What lies in a schema, table by table. */
async function snapshot(schemaName: string): Promise<Readonly<Record<string, string>>> {
  const tables = await query("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename", [
    schemaName,
  ]);
  const found: Record<string, string> = {};
  for (const { tablename } of tables) {
    const rows = await query(
      `SELECT x::text AS row FROM ${quoted(schemaName)}.${quoted(String(tablename))} x ORDER BY 1`,
    );
    found[String(tablename)] = createHash("sha256").update(JSON.stringify(rows)).digest("hex");
  }
  return found;
}
