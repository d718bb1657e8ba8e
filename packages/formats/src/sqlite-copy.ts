import { constants } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DriverMissingError, openSqlite, type SqliteDatabase } from "./load-sqlite.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { isSystemError, systemCodeOf } from "./system-error.js";

/** The write-ahead log, and the rollback journal: a writer that was killed leaves half a change in the file, which the journal takes back. */
const LOGS = ["-wal", "-journal"];

/** How often a database is copied anew that was written while it was copied. */
const MAX_ATTEMPTS = 5;

/** A database opened from a copy, so that reading leaves no trace beside the original. */
export interface SqliteCopy extends AsyncDisposable {
  readonly database: SqliteDatabase;
}

/**
 * Copies a SQLite file together with its logs, without which its newest rows would be missing or half-written ones seen, and opens the copy.
 *
 * @throws {DriverMissingError} when better-sqlite3 is missing
 * @throws {MalformedFileError} when it is no database, or never stands still
 */
export async function openSqliteCopy(filePath: string): Promise<SqliteCopy> {
  const folder = await mkdtemp(path.join(tmpdir(), "agent-sessions-copy-"));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  let database: SqliteDatabase;
  try {
    await copyWhole(filePath, path.join(folder, "copy.db"));
    database = openSqlite(path.join(folder, "copy.db"));
  } catch (cause) {
    await remove();
    throw isOwn(cause)
      ? cause
      : new MalformedFileError(`cannot be opened as a database: ${String(cause)}`, { cause });
  }
  return {
    database,
    async [Symbol.asyncDispose]() {
      database.close();
      await remove();
    },
  };
}

function isOwn(error: unknown): boolean {
  return isSystemError(error) || error instanceof MalformedFileError || error instanceof DriverMissingError;
}

async function copyWhole(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await stamp(from);
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    for (const log of LOGS) await copyLog(`${from}${log}`, `${to}${log}`);
    if ((await stamp(from)) === before) return;
    if (attempt === MAX_ATTEMPTS) {
      throw new MalformedFileError(
        "is written to all the time; stop the program that does, and read it again",
      );
    }
  }
}

/** Copies a log as it is now: gone too. */
async function copyLog(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
  }
}

/** What changes whenever the database does: a checkpoint in the middle of a copy would mix old pages with a new log. */
async function stamp(filePath: string): Promise<string> {
  const main = await stat(filePath, { bigint: true });
  const logs = await Promise.all(
    LOGS.map((log) => stat(`${filePath}${log}`, { bigint: true }).catch(() => null)),
  );
  return [main, ...logs].map((stats) => `${stats?.size} ${stats?.mtimeNs}`).join();
}
