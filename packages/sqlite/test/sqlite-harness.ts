import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import type { ContractHarness, Impossible } from "@agent-sessions/core/contract";
import Database from "better-sqlite3";
import { limitFileSize } from "../../file/test/limit-file-size.js";
import { openSqliteSessionStore, type SqliteSessionStoreOptions } from "../src/index.js";

/** A path in a folder that does not exist yet, in a temporary folder of its own. */
export async function makePlace(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "agent-sessions-sqlite-")), "data", "sessions.db");
}

export async function removePlace(path: string): Promise<void> {
  await rm(dirname(dirname(path)), { recursive: true, force: true });
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

/** Does something to a database behind the store's back. */
export function meddle<T>(path: string, body: (database: Database.Database) => T): T {
  const database = new Database(path, { fileMustExist: true });
  try {
    return body(database);
  } finally {
    database.close();
  }
}

const BUILT = new URL("../dist/index.js", import.meta.url).href;

export function sqliteHarness(
  name: string,
  settings: Pick<SqliteSessionStoreOptions, "journalMode" | "search"> = {},
): ContractHarness<string> {
  return {
    name,
    capabilities: { durable: false, multiProcess: true, multiHost: false, readOnlyMedia: true },
    create: makePlace,
    // What a power cut loses cannot be seen here, and an fsync for each of thousands of writes can.
    open: (path, options): Promise<SessionStore> =>
      openSqliteSessionStore({ path, durability: "relaxed", ...settings, ...options }),
    openInProcess: (path) => ({
      module: BUILT,
      exportName: "openSqliteSessionStore",
      options: { path, durability: "relaxed", ...settings },
    }),
    teardown: removePlace,
    hooks: {
      corrupt: async (path, id, part) => {
        const garble =
          part === "head"
            ? "UPDATE agent_sessions_sessions SET labels = '{garbled' WHERE id = ?"
            : `UPDATE agent_sessions_entries SET message = '{garbled' WHERE pk = (
                 SELECT (transcript << 32) | ((message_count + 1) / 2) FROM agent_sessions_sessions WHERE id = ?)`;
        meddle(path, (database) => database.prepare(garble).run(id));
      },
      makeUndeletable: async (path, id) => {
        const trigger = `planted_${randomUUID().replaceAll("-", "")}`;
        const when = `OLD.id = '${id.replaceAll("'", "''")}'`;
        meddle(path, (database) =>
          database.exec(`CREATE TRIGGER ${trigger} BEFORE DELETE ON agent_sessions_sessions WHEN ${when}
            BEGIN SELECT RAISE(ABORT, 'planted'); END`),
        );
        return async () => void meddle(path, (database) => database.exec(`DROP TRIGGER ${trigger}`));
      },
      plantFolder: { impossible: "all sessions lie in one file" },
      tearTail: { impossible: "SQLite's journal decides what of a torn write counts" },
      plantUnknownField: async (path, id) => {
        meddle(path, (database) => {
          database.exec("ALTER TABLE agent_sessions_sessions ADD COLUMN from_a_newer_minor TEXT");
          database
            .prepare("UPDATE agent_sessions_sessions SET from_a_newer_minor = 'kept' WHERE id = ?")
            .run(id);
        });
        const read = "SELECT from_a_newer_minor AS field FROM agent_sessions_sessions WHERE id = ?";
        return async () =>
          meddle(
            path,
            (database) => (database.prepare(read).get(id) as { field?: unknown }).field === "kept",
          );
      },
      plantStrays: async (path) => {
        mkdirSync(`${path}-locks`, { recursive: true });
        writeFileSync(join(`${path}-locks`, "0123456789.lock"), "");
        writeFileSync(`${path}.${randomUUID()}.new`, "half a backup");
        writeFileSync(join(dirname(path), "notes.txt"), "not a session");
        if (!existsSync(path)) return;
        // A writer that was killed while it staged a session.
        meddle(path, (database) => {
          database.exec(`INSERT INTO agent_sessions_leftovers VALUES (900, 'dead');
            INSERT INTO agent_sessions_entries VALUES ((900 << 32) | 1, '2026-01-01T00:00:00.000Z', '{"content":"stray"}')`);
        });
      },
      plantForeign: async (path) => {
        mkdirSync(dirname(path), { recursive: true });
        const database = new Database(path);
        database.exec(
          "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.org/')",
        );
        database.close();
      },
      plantNewerFormat: async (path) => {
        meddle(path, (database) => {
          database.exec("UPDATE agent_sessions_store SET major = 9");
          database.pragma("user_version = 9000");
        });
      },
      failWrites: async (path) => {
        const undo = limitFileSize();
        if (undo !== null) return undo;
        const tables = ["agent_sessions_sessions", "agent_sessions_entries"];
        meddle(path, (database) => {
          for (const table of tables) {
            for (const change of ["INSERT", "UPDATE"]) {
              database.exec(`CREATE TRIGGER full_${change}_${table} BEFORE ${change} ON ${table}
                BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
            }
          }
        });
        return async () => {
          meddle(path, (database) => {
            for (const table of tables) {
              for (const change of ["INSERT", "UPDATE"])
                database.exec(`DROP TRIGGER full_${change}_${table}`);
            }
          });
        };
      },
      makeReadOnly: canMakeReadOnly(),
      damageIndex: { impossible: "the indexes are part of the database" },
      snapshot: async (path) => {
        if (!existsSync(dirname(path))) return {};
        const found: Record<string, string> = {};
        for (const file of filesUnder(dirname(path))) {
          if (!/-(wal|shm)$/.test(file)) found[file] = fingerprint(join(dirname(path), file));
        }
        return found;
      },
      surroundings: async (path) => readdirSync(dirname(dirname(path))).filter((entry) => entry !== "data"),
      modes: async (path) => [
        modeOf(dirname(path)),
        ...filesUnder(dirname(path)).map((file) => modeOf(join(dirname(path), file))),
      ],
      backupTarget: async (path) => {
        const target = join(dirname(path), "backup.db");
        return { target, place: target };
      },
    },
  };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}

/** What a database holds, whichever of its files that lies in; the bytes of any other file. */
function fingerprint(path: string): string {
  const stats = statSync(path);
  if (stats.isDirectory()) return "folder";
  const hash = createHash("sha256");
  try {
    const database = new Database(path, { readonly: true });
    try {
      const tables = database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
      hash.update(JSON.stringify([tables, database.pragma("user_version")]));
      for (const { name, sql } of tables as { name: string; sql: string | null }[]) {
        if (sql?.startsWith("CREATE TABLE") !== true) continue;
        for (const row of database.prepare(`SELECT * FROM "${name}"`).iterate())
          hash.update(JSON.stringify(row));
      }
    } finally {
      database.close();
    }
  } catch {
    hash.update(readFileSync(path)).update(String(stats.mtimeMs));
  }
  return hash.digest("hex");
}

function modeOf(path: string): { name: string; isFolder: boolean; mode: number } {
  const stats = statSync(path);
  return { name: basename(path), isFolder: stats.isDirectory(), mode: stats.mode & 0o777 };
}

/** Permissions keep everybody out but root, who needs the file system's immutable flag. */
function canMakeReadOnly(): ((path: string) => Promise<() => Promise<void>>) | Impossible {
  if (process.platform === "win32") return { impossible: "permissions mean something else on Windows" };
  if (process.getuid?.() !== 0) {
    return async (path) => {
      await chmod(path, 0o400);
      await chmod(dirname(path), 0o500);
      return async () => {
        await chmod(dirname(path), 0o700);
        await chmod(path, 0o600);
      };
    };
  }
  const setImmutable = (flag: "+i" | "-i", ...paths: string[]): void => {
    execFileSync("chattr", [flag, ...paths], { stdio: "ignore" });
  };
  try {
    const probe = join(tmpdir(), `agent-sessions-${randomUUID()}`);
    writeFileSync(probe, "");
    setImmutable("+i", probe);
    setImmutable("-i", probe);
    void rm(probe);
  } catch {
    return { impossible: "this is root, on a file system without an immutable flag" };
  }
  return async (path) => {
    setImmutable("+i", path, dirname(path));
    return async () => setImmutable("-i", dirname(path), path);
  };
}
