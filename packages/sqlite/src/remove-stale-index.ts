import { existsSync, rmSync, statSync } from "node:fs";
import type { SqlConnection } from "./sql-connection.js";

/**
 * When a database file alone is deleted while somebody has it open, its `-shm` stays, in use: a new file of the same name would share
 * it, and both would be read wrongly. Nobody can use it for a file that is empty still, and is locked.
 */
export function removeStaleIndex(sql: SqlConnection, path: string): void {
  const index = `${path}-shm`;
  if (!existsSync(index)) return;
  sql.run("BEGIN EXCLUSIVE");
  try {
    // Not by page_count, which counts the page that this transaction would write.
    if (statSync(path).size === 0) rmSync(index, { force: true });
  } finally {
    sql.run("ROLLBACK");
  }
}
