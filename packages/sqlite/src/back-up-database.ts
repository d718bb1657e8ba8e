import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StoreIoError } from "@agent-sessions/core";
import { syncFolder } from "./create-database-file.js";
import { pragma } from "./sql-connection.js";
import type { SqlDatabase } from "./sql-database.js";

/**
 * Copies a database to a new file that only its owner can read. It appears under its name when it is complete.
 *
 * @param use "pinned": the connection is ours alone, and what it sees at the beginning is what is copied. "shared": others use the
 * connection meanwhile; the copy follows what they write.
 * @throws {StoreIoError} STORE_IO when there is a file of that name already
 */
export async function backUpDatabase(
  source: SqlDatabase,
  target: string,
  use: "pinned" | "shared",
): Promise<void> {
  const path = resolve(target);
  if (existsSync(path)) throw targetExists(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${randomUUID()}.new`;
  closeSync(openSync(unfinished, "wx", 0o600));
  try {
    await copyAll(source, unfinished, use);
    sync(unfinished);
    try {
      linkSync(unfinished, path);
    } catch (error) {
      throw error instanceof Error && "code" in error && error.code === "EEXIST" ? targetExists(path) : error;
    }
  } finally {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${unfinished}${suffix}`, { force: true });
  }
  syncFolder(dirname(path));
}

async function copyAll(source: SqlDatabase, path: string, use: "pinned" | "shared"): Promise<void> {
  // A read transaction keeps the moment that is copied, while others go on writing. Without WAL it would keep them from writing;
  // there the copy begins again when somebody does.
  const isPinned = use === "pinned" && pragma(source, "journal_mode") === "wal";
  if (isPinned) {
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").all();
  }
  try {
    await source.backup(path);
  } finally {
    if (isPinned && source.inTransaction) source.exec("COMMIT");
  }
}

function sync(path: string): void {
  const fd = openSync(path, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function targetExists(path: string): StoreIoError {
  return new StoreIoError(
    `A backup cannot be written to ${path}: it exists already. Name a new file, or remove that one first.`,
    {
      location: path,
    },
  );
}
