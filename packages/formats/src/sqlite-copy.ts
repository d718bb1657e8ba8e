import { constants } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DriverMissingError, openSqlite, type SqliteDatabase } from "./load-sqlite.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** How often a database is copied anew that was written while it was copied. */
const MAX_ATTEMPTS = 5;

/** A database opened from a copy, so that reading leaves no trace beside the original. */
export interface SqliteCopy extends AsyncDisposable {
  readonly database: SqliteDatabase;
}

/**
 * Copies a SQLite file together with its write-ahead log, without which its newest rows would be missing, and opens the copy.
 *
 * @throws {DriverMissingError} when better-sqlite3 is missing
 * @throws {MalformedFileError} when it is no database, or never stands still
 */
export async function openSqliteCopy(filePath: string): Promise<SqliteCopy> {
  const folder = await mkdtemp(path.join(tmpdir(), "agent-sessions-copy-"));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  let database: SqliteDatabase | null = null;
  try {
    await copyWhole(filePath, path.join(folder, "copy.db"));
    database = openSqlite(path.join(folder, "copy.db"));
  } catch (cause) {
    database?.close();
    await remove();
    throw isOwn(cause)
      ? cause
      : new MalformedFileError(`cannot be opened as a database: ${String(cause)}`, { cause });
  }
  const opened = database;
  return {
    database: opened,
    async [Symbol.asyncDispose]() {
      opened.close();
      await remove();
    },
  };
}

function isOwn(error: unknown): boolean {
  const isSystem = error instanceof Error && "syscall" in error;
  return isSystem || error instanceof MalformedFileError || error instanceof DriverMissingError;
}

async function copyWhole(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await stamp(from);
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await rm(`${to}-wal`, { force: true });
    if (before.hasLog) await copyFile(`${from}-wal`, `${to}-wal`, constants.COPYFILE_FICLONE);
    if ((await stamp(from)).text === before.text) return;
    if (attempt === MAX_ATTEMPTS) {
      throw new MalformedFileError(
        "is written to all the time; stop the program that does, and read it again",
      );
    }
  }
}

/** What changes whenever the database does: a checkpoint in the middle of a copy would mix old pages with a new log. */
async function stamp(filePath: string): Promise<{ readonly text: string; readonly hasLog: boolean }> {
  const main = await stat(filePath, { bigint: true });
  const log = await stat(`${filePath}-wal`, { bigint: true }).catch(() => null);
  return {
    text: [main.size, main.mtimeNs, log?.size, log?.mtimeNs].join(),
    hasLog: log !== null,
  };
}
