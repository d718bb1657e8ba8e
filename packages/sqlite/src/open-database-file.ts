import { type Stats, statSync } from "node:fs";
import { isSame } from "./left-behind.js";
import type { SqlDatabase, SqlDriver, SqlOpenOptions } from "./sql-database.js";

/** A connection, and the file that it has open: the one at the path may be another at any moment. */
export interface OpenFile {
  readonly database: SqlDatabase;
  readonly file: Stats;
}

/** Opens the file at the path, which must be there. Reads nothing yet, and so touches none of its side files. */
export function openDatabaseFile(path: string, driver: SqlDriver, options: SqlOpenOptions): OpenFile {
  for (;;) {
    const before = statSync(path, { throwIfNoEntry: false });
    const database = new driver(path, { ...options, fileMustExist: true });
    const file = statSync(path, { throwIfNoEntry: false });
    if (file !== undefined && isSame(before, file)) return { database, file };
    database.close();
  }
}
