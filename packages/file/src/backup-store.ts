import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InvalidInputError, SessionStoreError } from "@agent-sessions/core";
import type { FileStore } from "./file-store.js";
import { syncFolder } from "./folder-names.js";
import type { LogSource } from "./log-source.js";
import { readLogState } from "./log-state.js";
import { errorCode } from "./open-file.js";
import { createPrivateFile, ensurePrivateFolder, renameOver, syncFile } from "./private-files.js";
import type { NamespaceFolder } from "./session-place.js";
import { copyBytes } from "./set-aside.js";
import { StagingFolder, sweepStagingFolders } from "./staging-folder.js";
import { storeFolders } from "./store-folders.js";

/** Flushing is waiting: so many copies wait at once, which the system then flushes together. */
const COPIES_AT_ONCE = 16;

/**
 * Copies every session into a new folder, each as it is at one moment: a log is only added to, so what was there when it was opened
 * is a session by itself. The folder appears when it is complete, and is durable then.
 */
export async function backupStore(store: FileStore, target: string): Promise<void> {
  const path = resolve(target);
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(path);
  sweepStagingFolders(path);
  const staging = StagingFolder.create(path);
  const { copyPath, madeFolders } = staging;
  try {
    ensurePrivateFolder(copyPath);
    for await (const { folder, fileNames } of storeFolders(store)) {
      const copy = folder.namespace === "" ? copyPath : join(copyPath, basename(folder.path));
      await eachOf(fileNames, COPIES_AT_ONCE, async (fileName) => {
        const source = openCopySource(store, folder, fileName);
        if (source !== null) await copySession(source, copy, fileName);
      });
      if (fs.existsSync(copy)) await syncFolder(copy);
    }
    await syncFolder(copyPath);
    if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(path);
    await renameOver(copyPath, path);
    for (const folder of new Set([path, ...madeFolders])) await syncFolder(dirname(folder));
  } catch (error) {
    if (["EEXIST", "ENOTEMPTY"].includes(errorCode(error) ?? "")) throw alreadyThere(path, error);
    throw error;
  } finally {
    staging.remove();
  }
}

/** Works on the items, `atOnce` of them at a time. After a failure no other is begun, and those under way are waited for. */
async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (errors.length > 0) return;
      await work(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (errors.length > 0) throw errors[0];
}

/**
 * Null when the session is gone, or is no file: then there is nothing that could be copied. What cannot be opened for any other reason
 * ends the backup, which would lack it without a word.
 */
function openCopySource(store: FileStore, folder: NamespaceFolder, fileName: string): LogSource | null {
  try {
    return store.openSource(folder, fileName, "read");
  } catch (error) {
    if (SessionStoreError.is(error, "SESSION_CORRUPTED")) return null;
    throw error;
  }
}

async function copySession(source: LogSource, folder: string, fileName: string): Promise<void> {
  const { file } = source;
  try {
    const end = await committedEnd(source);
    ensurePrivateFolder(folder);
    const fd = createPrivateFile(join(folder, fileName));
    try {
      await copyBytes(file, 0, end, fd);
      await syncFile(fd);
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    file.close();
  }
}

/** Where the last commit ends. A session that cannot be read is copied as it is: nobody knows what can still be saved from it. */
async function committedEnd(source: LogSource): Promise<number> {
  const size = source.file.size();
  try {
    return (await readLogState(source)).end;
  } catch {
    return size;
  }
}

function alreadyThere(path: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `${path} exists already. Name a place for the backup where nothing is.`,
    {
      path: "target",
      location: path,
      cause,
    },
  );
}
