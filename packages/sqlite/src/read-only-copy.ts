import { readFileSync, type Stats, statSync } from "node:fs";
import type { SqlDatabase, SqlDriver } from "./sql-database.js";

/** The largest database that is read from read-only media by way of memory, in bytes. */
const MAX_IN_MEMORY_BYTES = 1024 * 1024 * 1024;

/**
 * A database in WAL mode needs side files even to be read. Where they cannot be made, and no WAL or journal holds what the file
 * lacks, the file is read into memory instead, with its header saying that it has no WAL.
 *
 * @param cause what SQLite said to the file itself; thrown again where there can be no copy
 */
export function openReadOnlyCopy(
  path: string,
  driver: SqlDriver,
  cause: unknown,
): { readonly database: SqlDatabase; readonly file: Stats } {
  const file = statSync(path);
  const sides = ["-wal", "-journal"].map((side) => statSync(path + side, { throwIfNoEntry: false }));
  if (sides.some((side) => (side?.size ?? 0) > 0) || file.size > MAX_IN_MEMORY_BYTES) throw cause;
  const bytes = readFileSync(path);
  // File format write and read version: 2 is WAL, 1 is a rollback journal.
  if (bytes.length >= 20) bytes.fill(1, 18, 20);
  return { database: new driver(bytes, { readonly: true }), file };
}
