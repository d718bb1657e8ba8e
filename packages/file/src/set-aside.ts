import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseSetAsideName } from "./file-names.js";
import { syncFolder } from "./folder-names.js";
import type { LogSource } from "./log-source.js";
import { errorCode, type OpenFile } from "./open-file.js";
import { createPrivateFileAndFolder, removeEmptyFolders, syncFile, writeAllSync } from "./private-files.js";
import { asideFolderOf, type NamespaceFolder } from "./session-place.js";

const COPY_BYTES = 1024 * 1024;

/** Copies a part of a file into another, at its beginning, however long it is. */
export async function copyBytes(file: OpenFile, start: number, end: number, to: number): Promise<void> {
  for (let from = start; from < end; from += COPY_BYTES) {
    const bytes = await file.read(from, Math.min(end, from + COPY_BYTES));
    writeAllSync(to, bytes, from - start);
  }
}

/**
 * Keeps a part of a session's file in a new file of its own, in the folder for what was set aside, which is never listed. Returns its
 * path once it is on disk, unless `isDurable` is false.
 */
export async function setAside(
  { file, codec }: LogSource,
  kind: "torn" | "damaged",
  start: number,
  end: number,
  isDurable: boolean,
): Promise<string> {
  const folder = asideFolderOf(dirname(file.path), codec.extension);
  const time = new Date().toISOString().replace(/[-:.]/g, "");
  const path = join(folder, `${basename(file.path)}.${kind}-${time}-${crypto.randomUUID().slice(0, 8)}`);
  const { fd, madeFolders } = createPrivateFileAndFolder(path);
  try {
    await copyBytes(file, start, end, fd);
    if (isDurable) await syncFile(fd);
  } finally {
    fs.closeSync(fd);
  }
  if (isDurable) for (const changed of [folder, ...madeFolders.map(dirname)]) await syncFolder(changed);
  return path;
}

/** Copies the torn bytes at the end of a log aside, and cuts them off once the copy is on disk. Returns where the copy is. */
export async function setTailAside(
  source: LogSource,
  { end, size }: { readonly end: number; readonly size: number },
  isDurable: boolean,
): Promise<string> {
  const path = await setAside(source, "torn", end, size, isDurable);
  fs.ftruncateSync(source.file.fd, end);
  return path;
}

/**
 * Removes what was set aside from a session, which `setAsideFrom` told: it is the session's content, and goes with it. Ends once that is
 * on disk, unless `isDurable` is false.
 *
 * @throws what the system answers when something cannot be removed
 */
export async function removeSetAside(
  folder: NamespaceFolder,
  paths: readonly string[],
  isDurable: boolean,
): Promise<void> {
  if (paths.length === 0) return;
  for (const path of paths) fs.rmSync(path, { force: true });
  // Others' may be in it, or be put into it just now; then it stays.
  removeEmptyFolders([folder.asidePath]);
  if (isDurable) await syncRemoval(folder);
}

/** Where the folder went too, its name is what has to go on disk. */
async function syncRemoval({ asidePath, path }: NamespaceFolder): Promise<void> {
  try {
    await syncFolder(asidePath);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    await syncFolder(path);
  }
}

/** The paths of what was set aside from a session. */
export function setAsideFrom(folder: NamespaceFolder, fileName: string): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder.asidePath);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => parseSetAsideName(name, folder.extension) === fileName)
    .map((name) => join(folder.asidePath, name));
}
