import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isAtPath, requireKernelLock, type TryLock } from "./kernel-lock.js";
import { CAREFULLY, errorCode } from "./open-file.js";
import { createPrivateFile, ensurePrivateFolder, removeEmptyFolders } from "./private-files.js";

const LOCK = "lock";
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * A private folder beside a place, in which what is to stand there is made. Its maker keeps a file in it locked for as long as it lives:
 * what somebody who was killed has left can be told from what is still being made.
 */
export class StagingFolder {
  /** Where it is to be made; nothing is there yet. */
  readonly copyPath: string;
  /** Those that were made for it and above it, the outermost first. */
  readonly madeFolders: readonly string[];
  readonly #path: string;
  /** Null where there are no kernel locks: whatever a killed maker leaves there stays. */
  readonly #lock: number | null;
  #isThere = true;

  private constructor(path: string, lock: number | null, madeFolders: readonly string[]) {
    this.copyPath = join(path, "copy");
    this.madeFolders = madeFolders;
    this.#path = path;
    this.#lock = lock;
  }

  /** Makes one for `target`, and the folders above it that are missing. */
  static create(target: string): StagingFolder {
    const made: string[] = [];
    try {
      for (;;) {
        const path = `${resolve(target)}.tmp-${crypto.randomUUID()}`;
        made.push(...ensurePrivateFolder(path));
        const lock = lockNew(path);
        if (lock !== "lost") return new StagingFolder(path, lock, made.slice(0, -1));
        made.pop();
      }
    } catch (error) {
      removeEmptyFolders(made);
      throw error;
    }
  }

  /** Takes it away with what is in it, and the folders that were made above it, where nothing else has come into them. Idempotent. */
  remove(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    try {
      removeFolder(this.#path, this.#lock);
    } catch {
      // Whoever makes the same again sweeps it.
    }
    removeEmptyFolders(this.madeFolders);
  }
}

/**
 * Removes what was left by makers of `target` who are provably dead: nobody holds their locks. Returns what was removed. Never throws:
 * what cannot be removed now can be later.
 */
export function sweepStagingFolders(target: string): string[] {
  const folder = dirname(resolve(target));
  const beginning = `${basename(resolve(target))}.tmp-`;
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return [];
  }
  const left = names.filter((name) => name.startsWith(beginning) && UUID.test(name.slice(beginning.length)));
  return left.map((name) => join(folder, name)).filter(removeIfDead);
}

function removeIfDead(folder: string): boolean {
  const tryLock = findTryLock();
  if (tryLock === null) return false;
  try {
    const lock = lockOfDead(folder, tryLock);
    if (lock === "alive") return false;
    // Killed before it locked anything; should it live, it finds its folder gone and makes another.
    if (lock === null) fs.rmdirSync(folder);
    else removeFolder(folder, lock);
    return true;
  } catch {
    return false;
  }
}

/** The lock that a folder's dead maker had; null where it had none yet. */
function lockOfDead(folder: string, tryLock: TryLock): number | "alive" | null {
  let fd: number;
  try {
    fd = fs.openSync(join(folder, LOCK), fs.constants.O_RDWR | CAREFULLY);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
  let isDead = false;
  try {
    isDead = tryLock(fd);
    return isDead ? fd : "alive";
  } finally {
    if (!isDead) fs.closeSync(fd);
  }
}

/** The lock on a new folder; null where there are no kernel locks, and "lost" when somebody took the folder for a dead maker's. */
function lockNew(folder: string): number | "lost" | null {
  const tryLock = findTryLock();
  if (tryLock === null) return null;
  const path = join(folder, LOCK);
  let fd: number;
  try {
    fd = createPrivateFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "lost";
    throw error;
  }
  let isOurs: boolean;
  try {
    isOurs = tryLock(fd) && isAtPath(fd, path);
  } catch {
    // A file system that locks nothing: nobody can take it from us.
    isOurs = true;
  }
  if (isOurs) return fd;
  fs.closeSync(fd);
  return "lost";
}

/** The lock goes last: without it nobody could tell what is left. */
function removeFolder(folder: string, lock: number | null): void {
  try {
    for (const name of fs.readdirSync(folder)) {
      if (name !== LOCK) fs.rmSync(join(folder, name), { recursive: true, force: true });
    }
    if (lock !== null) fs.unlinkSync(join(folder, LOCK));
  } finally {
    if (lock !== null) fs.closeSync(lock);
  }
  fs.rmdirSync(folder);
}

/** Null where the native module does not load: making a copy needs no lock. */
function findTryLock(): TryLock | null {
  try {
    return requireKernelLock("");
  } catch {
    return null;
  }
}
