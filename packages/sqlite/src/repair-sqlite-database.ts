import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type RepairReport, StoreIoError } from "@agent-sessions/core";
import { checkOptions, text, wholeNumber } from "@agent-sessions/core/backend";
import { loadDriver } from "./load-driver.js";
import { isDamage } from "./sqlite-error.js";
import { openSqliteSessionStore } from "./sqlite-session-store.js";

export interface RepairDatabaseOptions {
  /** The database file. */
  readonly path: string;
  /** How long to wait for others to let go of it, in milliseconds. @default 10_000 */
  readonly lockTimeoutMs?: number | undefined;
}

const CHECKS = { path: text, lockTimeoutMs: wholeNumber({ min: 0, max: 2 ** 31 - 1 }) };

/**
 * What `repair()` of a store does, for a database that is so damaged that no store can be opened on it: one that was cut short, for
 * example. What can be read is put into a new file, which takes its place; the damaged one is kept beside it.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS
 * @throws {StoreIoError} STORE_IO when it is missing, in use, or cannot be read at all; nothing has changed then
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when it is not a session store, or of a newer major format
 */
export async function repairSqliteDatabase(options: RepairDatabaseOptions): Promise<RepairReport> {
  const { lockTimeoutMs = 10_000, path: given } = checkOptions("repairSqliteDatabase", options, CHECKS);
  const path = text(given, "path");
  const location = resolve(path);
  if (statSync(location, { throwIfNoEntry: false }) === undefined) {
    throw new StoreIoError(`${location} is not there: nothing to repair. Check the path.`, { location });
  }
  try {
    const store = await openSqliteSessionStore({ path, lockTimeoutMs });
    try {
      return await store.repair();
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    const { salvageDatabase } = await import("./salvage-database.js");
    return await salvageDatabase({ path: realpathSync(location), driver: loadDriver(), lockTimeoutMs });
  }
}
