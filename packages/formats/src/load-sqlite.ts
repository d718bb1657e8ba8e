import { createRequire } from "node:module";
import { installedSqliteDriver, sqliteDriverProblem } from "@agent-sessions/core/backend";

const DRIVER = "better-sqlite3";

/** The part of better-sqlite3 that reading takes. */
export interface SqliteDatabase {
  prepare(sql: string): {
    safeIntegers(toggle: boolean): { all(...values: readonly unknown[]): unknown[] };
  };
  close(): unknown;
}

/** The driver is missing, or does not run on this Node. Internal: readers turn it into an `Unreadable`. */
export class DriverMissingError extends Error {
  override readonly name = "DriverMissingError";
}

/**
 * Opens a SQLite file with better-sqlite3, which is an optional peer and loaded only here.
 *
 * @throws {DriverMissingError} when it is not installed or not usable, with what to do
 */
export function openSqlite(filePath: string): SqliteDatabase {
  return new (loadDriver(createRequire(import.meta.url)))(filePath);
}

/**
 * @internal For its test.
 * @param require resolves packages as this one does; a test has its own
 */
export function loadDriver(
  require: NodeJS.Require,
  nodeVersion: string = process.versions.node,
): new (
  filePath: string,
) => SqliteDatabase {
  const problem = sqliteDriverProblem(installedSqliteDriver(require), nodeVersion);
  if (problem !== null) throw new DriverMissingError(`cannot be read: ${problem.replace(/\.$/, "")}`);
  try {
    return require(DRIVER) as new (
      filePath: string,
    ) => SqliteDatabase;
  } catch (cause) {
    throw new DriverMissingError(
      `cannot be read without ${DRIVER}. Run "npm install ${DRIVER}", or "npm rebuild ${DRIVER}" when it is installed`,
      { cause },
    );
  }
}
