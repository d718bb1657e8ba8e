import { createRequire } from "node:module";

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
export function loadDriver(require: NodeJS.Require): new (filePath: string) => SqliteDatabase {
  refuseUnsupported(require, process.versions.node);
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

/**
 * Version 13 ends the whole process on Nodes that it does not support, so it must never be loaded there.
 *
 * @internal For its test.
 */
export function refuseUnsupported(require: NodeJS.Require, nodeVersion: string): void {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 14)) return;
  let version = "";
  try {
    version = String((require(`${DRIVER}/package.json`) as { readonly version?: unknown }).version);
  } catch {
    // Missing: requiring it says so.
  }
  if (Number.parseInt(version, 10) < 13 || version === "") return;
  throw new DriverMissingError(
    `cannot be read by ${DRIVER} ${version} on Node ${nodeVersion}. Run "npm install ${DRIVER}@12"`,
  );
}
