import { chmodSync, linkSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type RepairReport, StoreIoError } from "@agent-sessions/core";
import { retryUntil, startWait, TimeSlice, type Wait } from "@agent-sessions/core/backend";
import { StagingFolder } from "@agent-sessions/file/staging-folder";
import { checkPagesOfFile } from "./check-pages.js";
import { createPrivateFile, syncFile, syncFolder } from "./create-database-file.js";
import { DatabaseHandle, type OpenDatabase } from "./database-handle.js";
import { inspectSchema, type PresentSchema } from "./migrate-schema.js";
import { type Loss, type Salvaged, salvageRows } from "./salvage-rows.js";
import { APPLICATION_ID, SCHEMA_MAJOR, SCHEMA_MINOR, SEARCH_TABLE, toUserVersion } from "./schema.js";
import { SessionLocks } from "./session-locks.js";
import { pragma, SqlConnection } from "./sql-connection.js";
import type { SqlDatabase, SqlDriver } from "./sql-database.js";
import { isBusy, isDamage, toStoreError } from "./sqlite-error.js";
import { StoreRepairer } from "./store-repairer.js";
import { StoreVerifier } from "./store-verifier.js";
import { sweepStopped } from "./sweep-stopped.js";
import { Transactions } from "./transactions.js";

export interface SalvageOptions {
  /** The database file, with links resolved. */
  readonly path: string;
  readonly driver: SqlDriver;
  readonly lockTimeoutMs: number;
}

/**
 * Puts a new database in the place of one with damaged pages, with every row that can still be read. The damaged one is kept beside
 * it. Nobody else may have it open: a program that went on with the old file would lose what it writes.
 *
 * @throws {StoreIoError} STORE_IO when it is in use, was written by a newer version, or cannot be read at all; nothing has changed then
 */
export async function salvageDatabase(options: SalvageOptions): Promise<RepairReport> {
  const { path, driver, lockTimeoutMs } = options;
  let staging: StagingFolder | null = null;
  const damaged = new driver(path, { fileMustExist: true, timeout: 0 });
  try {
    const found = await lockOut(damaged, path, startWait(lockTimeoutMs));
    const swept = sweepStopped(path);
    staging = StagingFolder.create(path);
    const { repaired, ...rest } = await replaceByCopy(damaged, found, staging.copyPath, options);
    return { repaired: [...repaired, ...swept], ...rest };
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    damaged.close();
    staging?.remove();
  }
}

/** Puts what can be read into a new file at `made`, and that in the place of the damaged one. */
async function replaceByCopy(
  damaged: SqlDatabase,
  { isWal, hasSearch }: Found,
  made: string,
  { path, driver, lockTimeoutMs }: SalvageOptions,
): Promise<RepairReport> {
  createPrivateFile(made);
  chmodSync(made, statSync(path).mode & 0o777);
  const journalMode = isWal ? "wal" : "delete";
  const settings = { durability: "relaxed", journalMode, busyTimeoutMs: 5, readOnly: false } as const;
  const source = { kind: "file", path: made, driver, settings } as const;
  const handle = new DatabaseHandle(source, { location: path, search: hasSearch });
  try {
    const salvaged = await copyRows(new SqlConnection(damaged), handle.forWriting());
    const mended = await mend(handle, made, path, lockTimeoutMs);
    handle.close();
    const [left] = mended.remaining;
    if (left !== undefined) throw notSound(path, left.message);
    syncFile(made);
    return report(salvaged, mended, putInPlace(made, path));
  } finally {
    handle.close();
  }
}

/** How a damaged database was found. */
interface Found {
  readonly isWal: boolean;
  readonly hasSearch: boolean;
}

/** Keeps everybody else out, with everything in the one file. A database that cannot be salvaged is refused as it was. */
async function lockOut(database: SqlDatabase, path: string, wait: Wait): Promise<Found> {
  // To be believed although the header may count more pages than there are.
  database.unsafeMode?.(true);
  database.pragma("writable_schema = ON");
  database.pragma("locking_mode = EXCLUSIVE");
  let cause: unknown = null;
  const tryLock = (): Found | null => {
    try {
      const isWal = pragma(database, "journal_mode") === "wal";
      const hasSearch = inspectDamaged(new SqlConnection(database), path);
      // Possible for the only connection there is, and leaves no side file that could be taken for the new database's own.
      if (isWal) database.pragma("journal_mode = DELETE");
      database.exec("BEGIN EXCLUSIVE");
      return { isWal, hasSearch };
    } catch (error) {
      if (!isBusy(error)) throw error;
      cause = error;
      return null;
    }
  };
  try {
    return await retryUntil(wait, "", tryLock);
  } catch (error) {
    if (cause === null) throw error;
    throw new StoreIoError(
      `${path} is damaged, and in use by another program or handle. End every program that uses it, then repair it again: what can be read is put into a new file, which takes its place.`,
      { location: path, cause },
    );
  }
}

function readSchema(sql: SqlConnection, path: string): PresentSchema | null {
  try {
    return inspectSchema(sql, { location: path, ownsFile: true, search: true });
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    const marked = readMarks(sql);
    if (marked !== null) return marked;
    throw new StoreIoError(
      `${path} is too damaged to be salvaged: its own list of tables cannot be read. It was left as it is; restore a backup, or try the .recover command of the sqlite3 shell.`,
      { location: path, cause },
    );
  }
}

/** What the file's header says where the table with its version is gone; null when even the list of tables is. */
function readMarks(sql: SqlConnection): PresentSchema | null {
  if (Number(pragma(sql.database, "application_id")) !== APPLICATION_ID) return null;
  try {
    const hasSearch = sql.row("SELECT 1 FROM sqlite_schema WHERE name = ?", SEARCH_TABLE) !== undefined;
    return { version: Number(pragma(sql.database, "user_version")), hasSearch };
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

/** Whether the damaged database has a search index. */
function inspectDamaged(sql: SqlConnection, path: string): boolean {
  const present = readSchema(sql, path);
  if (present !== null && present.version <= toUserVersion(SCHEMA_MAJOR, SCHEMA_MINOR))
    return present.hasSearch;
  throw new StoreIoError(
    `${path} is damaged and was written by a newer version of agent-sessions, whose columns this one does not know. Update @agent-sessions/sqlite and run repair again.`,
    { location: path },
  );
}

/** In many transactions, so that they stay small: nobody knows of the file yet. */
async function copyRows(from: SqlConnection, to: OpenDatabase): Promise<Salvaged> {
  const slice = new TimeSlice();
  const steps = salvageRows(from, to);
  for (;;) {
    to.sql.run("BEGIN");
    let step = steps.next();
    while (step.done !== true && !slice.isOver) step = steps.next();
    to.sql.run("COMMIT");
    if (step.done === true) return step.value;
    await slice.pause();
  }
}

/** Closes the gaps that the losses left, and checks the whole. */
async function mend(
  handle: DatabaseHandle,
  made: string,
  location: string,
  lockTimeoutMs: number,
): Promise<RepairReport> {
  const options = { location, readTimeoutMs: lockTimeoutMs };
  const transactions = new Transactions(handle, new SessionLocks(null), options);
  const verifier = new StoreVerifier(transactions, location, () => checkPagesOfFile(made), false);
  return await new StoreRepairer(transactions, verifier, {
    location,
    lockTimeoutMs,
    isIndexChecked: true,
  }).repair(null);
}

/** Gives the new file the name of the old one, which stays under another; returns that one. */
function putInPlace(made: string, path: string): string {
  const kept = `${path}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  try {
    linkSync(path, kept);
  } catch {
    // A file system without hard links: for a moment there is no file of that name.
    renameSync(path, kept);
  }
  renameSync(made, path);
  syncFolder(dirname(path));
  return kept;
}

function report({ sessions, messages, losses }: Salvaged, mended: RepairReport, kept: string): RepairReport {
  const action = `salvaged ${sessions} sessions and ${messages} messages into a new file; the damaged one is kept as ${kept}`;
  return {
    repaired: [{ namespace: "", id: null, action }, ...losses.map(toAction), ...mended.repaired],
    setAside: [kept, ...mended.setAside],
    remaining: mended.remaining,
  };
}

function toAction({ namespace, id, what }: Loss): RepairReport["repaired"][number] {
  return { namespace, id, action: `lost ${what}, which cannot be read` };
}

function notSound(path: string, problem: string): StoreIoError {
  return new StoreIoError(
    `${path} is damaged, and what was salvaged from it is not sound either (${problem}). It was left as it is: restore a backup, or use the .recover command of the sqlite3 shell.`,
    { location: path },
  );
}
