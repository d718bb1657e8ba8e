import { linkSync, lstatSync, renameSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import { StagingFolder, sweepStagingFolders } from "@agent-sessions/file/staging-folder";
import { createPrivateFile, syncFile, syncFolder, tryCreatePrivateFile } from "./create-database-file.js";
import { pragma } from "./sql-connection.js";
import type { SqlDatabase } from "./sql-database.js";

/**
 * Copies a database to a new file that only its owner can read. It appears under its name when it is complete.
 *
 * @param use "pinned": the connection is ours alone, and what it sees at the beginning is what is copied. "shared": others use the
 * connection meanwhile; the copy follows what they write.
 * @throws {InvalidInputError} INVALID_OPTIONS when there is something of that name already
 */
export async function backUpDatabase(
  source: SqlDatabase,
  target: string,
  use: "pinned" | "shared",
): Promise<void> {
  const path = resolve(target);
  // The side files of a database that was there before would be taken for those of the copy.
  for (const taken of [path, `${path}-wal`, `${path}-journal`]) {
    if (lstatSync(taken, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(taken);
  }
  sweepStagingFolders(path);
  const staging = StagingFolder.create(path);
  try {
    createPrivateFile(staging.copyPath);
    await copyAll(source, staging.copyPath, use);
    syncFile(staging.copyPath);
    if (!tryPublish(staging.copyPath, path)) throw alreadyThere(path);
    syncFolder(dirname(path));
  } finally {
    staging.remove();
  }
}

/** Gives a complete file its name; false when that is taken. */
function tryPublish(file: string, path: string): boolean {
  try {
    linkSync(file, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
  }
  // File systems without hard links, memory sticks for one: take the name, then put the file in its place.
  if (!tryCreatePrivateFile(path)) return false;
  renameSync(file, path);
  return true;
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

function alreadyThere(path: string): InvalidInputError {
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `${path} exists already. Name a place for the backup where nothing is.`,
    { path: "target", location: path },
  );
}
