import {
  SessionCorruptedError,
  SessionLockError,
  SessionStoreError,
  StoreIncompatibleError,
  StoreIoError,
} from "@agent-sessions/core";

/** The result code of a driver's error, for example `SQLITE_BUSY`; null for any other error. */
function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  const { code } = error;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : null;
}

/** Whether somebody else holds the database just now: worth another try. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"));
}

/** Whether SQLite found pages that it cannot read. */
export function isDamage(error: unknown): error is Error {
  const cause = error instanceof SessionStoreError ? error.cause : error;
  return sqliteCode(cause)?.startsWith("SQLITE_CORRUPT") === true;
}

/** Whether the place can be read but not written to, so that SQLite cannot keep the side files that it wants. */
export function isUnwritable(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY"));
}

/**
 * The one translation of the driver's errors. Errors of the library and errors that are no driver's pass through as they are.
 *
 * @param sessionId the session that the failed call was about
 */
export function toStoreError(error: unknown, location: string, sessionId?: string): unknown {
  const code = sqliteCode(error);
  if (code === null || !(error instanceof Error)) return error;
  // `SQLITE_IOERR` of `SQLITE_IOERR_READ`.
  const family = code.split("_", 2).join("_");
  const options = { cause: error, location, sessionId };
  switch (family) {
    case "SQLITE_NOTADB":
      return notADatabase(location, error);
    case "SQLITE_CORRUPT":
      if (sessionId === undefined) {
        return io(
          "is damaged",
          "End every program that uses it and run repair, which puts all that can be read into a new file; or restore a backup",
          options,
        );
      }
      return new SessionCorruptedError(
        sessionId,
        location,
        null,
        `the database is damaged (${error.message})`,
        {
          cause: error,
        },
      );
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return databaseBusy(location, sessionId, 0, error);
    case "SQLITE_FULL":
      return io(
        "cannot grow: the disk or its quota is full",
        "Free some space and try again; nothing was changed",
        options,
      );
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
    case "SQLITE_AUTH":
      return io(
        "cannot be written to",
        "Check the permissions of the file and its folder, or that the medium is writable",
        options,
      );
    case "SQLITE_CANTOPEN":
      return io(
        "cannot be opened",
        "Check that the path is a file, that its folder exists, and the permissions of both",
        options,
      );
    case "SQLITE_TOOBIG":
      return io(
        "cannot hold a value of that size",
        "Keep a message or state below 1,000,000,000 bytes",
        options,
      );
    case "SQLITE_NOLFS":
    case "SQLITE_IOERR":
      return io(
        `could not be read or written (${code})`,
        "Check the disk and the path; on a network disk use journalMode=delete, or another backend",
        options,
      );
    default:
      return io(`failed: ${error.message} (${code})`, "Nothing was changed", options);
  }
}

/** What a call ends with that found the database in use for all the time that it may wait: another program, or another handle. */
export function databaseBusy(
  location: string,
  sessionId: string | undefined,
  waitedMs: number,
  cause: unknown,
): SessionStoreError {
  const reason = `The database ${location} was kept busy by another connection for ${waitedMs} ms`;
  const remedy = "Try again later, or allow more time with lockTimeoutMs";
  if (sessionId === undefined) return new StoreIoError(`${reason}. ${remedy}.`, { location, cause });
  const message = `${reason}, so session ${JSON.stringify(sessionId)} could not be reached. ${remedy}.`;
  return new SessionLockError(sessionId, waitedMs, { location, cause, message });
}

/** STORE_INCOMPATIBLE for a file that is no SQLite database at all. */
function notADatabase(location: string, cause: unknown): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `${location} is not a session store: it is no SQLite database. It was left untouched; choose another path.`,
    { location, cause },
  );
}

function io(
  problem: string,
  remedy: string,
  options: { readonly cause: Error; readonly location: string; readonly sessionId: string | undefined },
): SessionStoreError {
  return new StoreIoError(`The SQLite database ${options.location} ${problem}. ${remedy}.`, options);
}
