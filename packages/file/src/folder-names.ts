import fs from "node:fs";
import { dirname } from "node:path";
import { StoreIoError } from "@agent-sessions/core";
import { errorCode, reasonOf } from "./open-file.js";
import { isFolderSyncUnsupported } from "./platform-rules.js";
import { syncFile } from "./private-files.js";

/** A folder that is older, in milliseconds, is on disk: whoever made it has synced its name, or has died and the system has written it. */
const SETTLED_FOLDER_MS = 60_000;

/** Young folders whose names this process has synced, by path: their inodes, because another may take the name. */
const syncedFolders = new Map<string, number>();
const MAX_SYNCED_FOLDERS = 1000;

/** Waits until the names in a folder are on disk. Does nothing where folders cannot be synced (Windows, some network disks). */
export async function syncFolder(path: string): Promise<void> {
  const names = FolderNames.open(path);
  try {
    await names.sync();
  } finally {
    names.close();
  }
}

/**
 * The names in folders, to be synced once they have changed. The folders are opened before: what is refused then, for want of descriptors
 * or of leave to read a folder, is refused while nothing has changed yet.
 */
export class FolderNames {
  /** A descriptor is null where folders cannot be opened. */
  readonly #folders = new Map<string, number | null>();
  #young: ReadonlyMap<string, number> = new Map();

  private constructor() {}

  static open(path: string): FolderNames {
    const names = new FolderNames();
    names.#open(path);
    return names;
  }

  /**
   * As `open`, and the names of that folder and of those above it, as far as they may not be on disk yet: because this process made them
   * (`made`), or because another made them a moment ago and may not have come to syncing them.
   */
  static openWithOwn(path: string, made: readonly string[]): FolderNames {
    const names = FolderNames.open(path);
    try {
      names.#young = youngFolders(path);
      for (const folder of made) names.#open(dirname(folder));
      for (const folder of names.#young.keys()) names.#openOthers(dirname(folder));
      return names;
    } catch (error) {
      names.close();
      throw error;
    }
  }

  #open(path: string): void {
    if (this.#folders.has(path)) return;
    try {
      this.#folders.set(path, fs.openSync(path, fs.constants.O_RDONLY));
    } catch (error) {
      if (!isFolderSyncUnsupported(error, process.platform)) throw error;
      this.#folders.set(path, null);
    }
  }

  /** Who made a folder where this process may read no names has to sync its name. */
  #openOthers(path: string): void {
    try {
      this.#open(path);
    } catch (error) {
      if (errorCode(error) !== "EACCES") throw error;
    }
  }

  async sync(): Promise<void> {
    for (const fd of this.#folders.values()) if (fd !== null) await syncNames(fd);
    if (syncedFolders.size > MAX_SYNCED_FOLDERS) syncedFolders.clear();
    for (const [folder, ino] of this.#young) syncedFolders.set(folder, ino);
  }

  /**
   * As `sync`, for a change that has been made.
   *
   * @param done what has, for the message: "Session \"a\" was deleted"
   * @throws {StoreIoError} STORE_IO
   */
  async syncAfter(done: string): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      const [location = ""] = this.#folders.keys();
      throw new StoreIoError(
        `${done}, but the system could not put the change of ${location} on disk: ${reasonOf(error)}. A power cut may undo it; look at what is there once the reason is gone, and do it again if need be.`,
        { cause: error, location },
      );
    }
  }

  /** Idempotent. */
  close(): void {
    for (const fd of this.#folders.values()) if (fd !== null) fs.closeSync(fd);
    this.#folders.clear();
  }
}

async function syncNames(fd: number): Promise<void> {
  try {
    await syncFile(fd);
  } catch (error) {
    if (!isFolderSyncUnsupported(error, process.platform)) throw error;
  }
}

/** A folder and those above it, from the first on that is old or that this process has synced; each with its inode. */
function youngFolders(path: string): Map<string, number> {
  const young = new Map<string, number>();
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder)) {
    const { birthtimeMs, ino } = fs.statSync(folder);
    // Where the system does not tell when a folder was made, none is taken for young: those made here are known anyway.
    const isYoung = birthtimeMs > 0 && Date.now() - birthtimeMs < SETTLED_FOLDER_MS;
    if (!isYoung || syncedFolders.get(folder) === ino) return young;
    young.set(folder, ino);
  }
  return young;
}
