import { chmodSync, closeSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import {
  requireKernelLock,
  type TryLock,
  tryLockFile,
  unlinkLockFile,
} from "@agent-sessions/file/kernel-lock";
import { makePrivateFolder } from "./create-database-file.js";

/** For messages: what to do where the kernel's locks are not to be had. */
const INSTEAD = "do without withLock() and without restoring long sessions";

let tryLock: TryLock | null = null;

/**
 * A file that is locked by the kernel: the lock excludes other handles, worker threads and processes, dies with its holder, and cannot
 * be released by anybody else. The file, and the folder that it lies in, exist only while somebody holds or probes it.
 */
export class HeldFile {
  readonly #path: string;
  readonly #fd: number;
  #isHeld = true;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /**
   * The lock on `path`, or null when somebody else has it.
   *
   * @throws {StoreIoError} STORE_IO where there are no such locks
   */
  static tryHold(path: string): HeldFile | null {
    // Loaded for the first lock: most programs take none, and it is a native module.
    tryLock ??= requireKernelLock(INSTEAD);
    for (;;) {
      try {
        const fd = tryLockFile(path, tryLock, INSTEAD);
        return fd === null ? null : new HeldFile(path, fd);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
      }
      // The folder is missing: never made, or just taken away by whoever held the last file in it.
      makeFolder(dirname(path));
    }
  }

  /** Whether somebody holds the lock on `path` at this moment; what a dead holder left behind is removed. */
  static isHeld(path: string): boolean {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
    const probe = HeldFile.tryHold(path);
    probe?.release();
    return probe === null;
  }

  /** Idempotent. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    try {
      // Unlinked while held: whoever opened the file before finds that it is no longer there, and tries again.
      unlinkLockFile(this.#fd, this.#path);
    } catch {
      // A file that stays is found free by the next one who looks.
    }
    closeSync(this.#fd);
    try {
      rmdirSync(dirname(this.#path));
    } catch {
      // Other locks are in it, or another holder removed it first.
    }
  }
}

/** Not at once with the folders above it: that fails when another process removes this one at the same moment. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, 0o700);
    chmodSync(folder, 0o700);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT") throw error;
    // A long restore is what makes the database: its folder may be missing too; or another process removed this one again.
    makePrivateFolder(dirname(folder));
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
