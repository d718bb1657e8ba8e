import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  InvalidInputError,
  type JsonObject,
  type Message,
  type OpenBackend,
  type SessionStore,
  type StoreOptions,
} from "@agent-sessions/core";
import {
  checkOptions,
  choice,
  flag,
  STORE_OPTION_CHECKS,
  storeOver,
  targetPath,
  text,
  wholeNumber,
} from "@agent-sessions/core/backend";
import type { JournalMode } from "./database-handle.js";
import { loadDriver } from "./load-driver.js";
import { pragma } from "./sql-connection.js";
import type { GivenDatabase, GivenDriver, SqlDatabase, SqlDriver } from "./sql-database.js";
import { SqliteBackend, type SqliteBackendOptions } from "./sqlite-backend.js";

export interface SqliteSessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /** The database file, or ":memory:". It is created by the first write. Either this or `database`. */
  readonly path?: string | undefined;
  /**
   * A better-sqlite3 `Database` that the caller opened and closes: it may hold other tables. Its settings stay as they are, so
   * `durability`, `journalMode`, `busyTimeoutMs` and `readOnly` do not go with it.
   */
  readonly database?: GivenDatabase | undefined;
  /**
   * The class `Database` of better-sqlite3, for a program that bundles it or loads its native part itself. Default: the installed
   * package.
   */
  readonly driver?: GivenDriver | undefined;
  /**
   * "durable": a write that resolved survives a power cut. "relaxed": it survives a crash of the program, and may be lost, as a whole,
   * in a power cut. @default "durable"
   */
  readonly durability?: "durable" | "relaxed" | undefined;
  /** Network disks and read-only media need "delete". Default: "wal" for a new file; an existing one keeps its own. */
  readonly journalMode?: JournalMode | undefined;
  /**
   * How long SQLite itself waits for another writer, in milliseconds, 0 to 20: the event loop stands still meanwhile. The rest of
   * `lockTimeoutMs` is waited without that. @default 5
   */
  readonly busyTimeoutMs?: number | undefined;
  /** Nothing is ever written, and a write rejects STORE_IO. @default false */
  readonly readOnly?: boolean | undefined;
  /**
   * Whether the database gets a search index when it is created: rare words are then quick to find, for about twice the space of the
   * texts. Without one `search` looks through the sessions. An existing database keeps what it has. @default true
   */
  readonly search?: boolean | undefined;
}

const MEMORY = ":memory:";
/** Of no use with a `database`, which brings its own. */
const FILE_OPTIONS = ["path", "driver", "durability", "journalMode", "busyTimeoutMs", "readOnly"] as const;

const CHECKS = {
  ...STORE_OPTION_CHECKS,
  path: text,
  database: checkDatabase,
  driver: checkDriver,
  durability: choice("durable", "relaxed"),
  journalMode: choice("wal", "delete", "truncate", "persist"),
  busyTimeoutMs: wholeNumber({ min: 0, max: 20 }),
  readOnly: flag,
  search: flag,
};

/**
 * A store in a SQLite database. Nothing is created before the first write.
 *
 * @example
 * const store = await openSqliteSessionStore({ path: "./sessions.db" });
 * @throws {InvalidInputError} INVALID_OPTIONS
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED when better-sqlite3 is missing
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the file is not a session store, or of a newer major format
 * @throws {StoreIoError} STORE_IO when the file or the driver cannot be used
 */
export async function openSqliteSessionStore<M extends object = Message, S extends object = JsonObject>(
  options: SqliteSessionStoreOptions<M, S>,
): Promise<SessionStore<M, S>> {
  const checked = checkOptions("openSqliteSessionStore", options, CHECKS);
  const {
    path,
    database,
    driver: givenDriver,
    durability,
    journalMode,
    busyTimeoutMs,
    readOnly,
    search = true,
    ...storeOptions
  } = checked;
  const common = { search, lockTimeoutMs: checked.lockTimeoutMs ?? 10_000 };
  let backend: SqliteBackend;
  if (database !== undefined) {
    const extra = FILE_OPTIONS.find((name) => checked[name] !== undefined);
    if (extra !== undefined)
      throw invalid(extra, "does not go with the option database, which brings its own");
    backend = new SqliteBackend({ ...describeGiven(database), ...common });
  } else if (path === undefined) {
    throw invalid("path", "or the option database is needed");
  } else if (path === MEMORY) {
    const driver = (givenDriver as SqlDriver | undefined) ?? loadDriver();
    const source = { kind: "memory", driver } as const;
    backend = new SqliteBackend({ source, location: MEMORY, path: null, isDurable: false, ...common });
  } else {
    if (path.startsWith("file:")) throw invalid("path", "must be a path, not a file: URL");
    if (path !== path.trimEnd())
      throw invalid("path", "must not end in white space, which the driver would cut off");
    const driver = (givenDriver as SqlDriver | undefined) ?? loadDriver();
    const settings = {
      durability: durability ?? "durable",
      journalMode: journalMode ?? null,
      busyTimeoutMs: busyTimeoutMs ?? 5,
      readOnly: readOnly ?? false,
    } as const;
    const location = resolve(path);
    const realPath = resolveLinks(location);
    const source = { kind: "file", path: realPath, driver, settings } as const;
    const isDurable = settings.durability === "durable";
    backend = new SqliteBackend({ source, location, path: realPath, isDurable, ...common });
  }
  return storeOver<M, S>(await backend.start(), storeOptions as StoreOptions<M, S>);
}

/** Opens `sqlite:<path>` and `sqlite::memory:` for `openStore`. */
export const open: OpenBackend = async (target) => {
  const { location, options } = target;
  if (location === "")
    throw invalid("url", "must name a file, as in sqlite:./sessions.db, or be sqlite::memory:");
  if ("database" in options) throw invalid("database", "does not go with a URL, which names the file");
  return await openSqliteSessionStore({ ...options, path: targetPath(target) });
};

function describeGiven(
  database: SqlDatabase,
): Pick<SqliteBackendOptions, "source" | "location" | "path" | "isDurable"> {
  const [main] = database.pragma("database_list") as readonly { readonly file?: unknown }[];
  const path = typeof main?.file === "string" && main.file !== "" ? main.file : null;
  // FULL or EXTRA. NORMAL is durable in no journal mode that can be relied on.
  const isSynced = Number(pragma(database, "synchronous")) >= 2;
  // "memory" and "off" keep no journal on disk, by which a commit that a power cut tore could be undone.
  const isJournaled = !["memory", "off"].includes(String(pragma(database, "journal_mode")));
  const isDurable = path !== null && isSynced && isJournaled;
  return { source: { kind: "given", database }, location: path ?? MEMORY, path, isDurable };
}

/** The same file has the same name for everybody, whatever links lead to it: its locks lie beside it. */
function resolveLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}

function checkDatabase(value: unknown, name: string): SqlDatabase {
  const isDatabase =
    typeof value === "object" &&
    value !== null &&
    "prepare" in value &&
    "pragma" in value &&
    "inTransaction" in value &&
    "open" in value;
  if (!isDatabase) throw invalid(name, "must be a Database of better-sqlite3");
  if (value.open !== true) throw invalid(name, "is closed");
  return value as SqlDatabase;
}

function checkDriver(value: unknown, name: string): GivenDriver {
  if (typeof value !== "function") throw invalid(name, "must be the class Database of better-sqlite3");
  return value as GivenDriver;
}

function invalid(path: string, problem: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", `The option ${path} ${problem}.`, { path });
}
