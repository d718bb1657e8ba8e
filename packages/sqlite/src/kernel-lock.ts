import {
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { StoreIoError } from "@agent-sessions/core";

/**
 * A lock file that is locked by the kernel: it excludes other handles, worker threads and processes, dies with its holder, and cannot
 * be released by anybody else. The file, and the folder that it needs, exist only while somebody holds or probes it.
 */
export class KernelLock {
  readonly #path: string;
  readonly #fd: number;
  #isHeld = true;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /**
   * The lock on `path`, or null when somebody else holds it or gives it up just now.
   *
   * @throws {StoreIoError} STORE_IO when lock files cannot be made there
   */
  static tryAcquire(path: string): KernelLock | null {
    const { tryLock } = loadLocks();
    let fd: number;
    try {
      fd = open(path, "a+");
    } catch (error) {
      if (isFading(error)) return null;
      throw lockFailure(path, error);
    }
    try {
      // The folder may be unlinked between our open and our lock by a holder who gives it up: then we locked a file that nobody finds.
      if (tryLock(fd) && isStill(path, fd)) {
        fchmodSync(fd, 0o600);
        return new KernelLock(path, fd);
      }
    } catch (error) {
      closeSync(fd);
      throw lockFailure(path, error);
    }
    closeSync(fd);
    return null;
  }

  /** Whether somebody holds the lock on `path` at this moment; what a dead holder left behind is removed. */
  static isHeld(path: string): boolean {
    const { tryLock } = loadLocks();
    let fd: number;
    try {
      fd = openSync(path, "r+");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      if (isFading(error)) return true;
      throw lockFailure(path, error);
    }
    try {
      if (!tryLock(fd)) return true;
      if (isStill(path, fd)) {
        remove(path);
        removeFolder(dirname(path));
      }
      return false;
    } catch (error) {
      throw lockFailure(path, error);
    } finally {
      closeSync(fd);
    }
  }

  /** Idempotent. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    // Unlinked while held: whoever opened the file before finds that it is no longer there, and tries again.
    remove(this.#path);
    closeSync(this.#fd);
    removeFolder(dirname(this.#path));
  }
}

interface NativeLocks {
  tryLock(fd: number): boolean;
}

let locks: NativeLocks | null = null;

/** Loaded when the first lock is taken: most programs take none, and it is a native module. */
function loadLocks(): NativeLocks {
  try {
    locks ??= createRequire(import.meta.url)("fs-native-extensions") as NativeLocks;
    return locks;
  } catch (error) {
    throw new StoreIoError(
      `The kernel lock library fs-native-extensions cannot be loaded on ${process.platform}-${process.arch}, so sessions cannot be locked here. Writes without withLock() work.`,
      { cause: error },
    );
  }
}

function open(path: string, flags: string): number {
  for (let tries = 1; ; tries++) {
    try {
      return openSync(path, flags, 0o600);
    } catch (error) {
      // Another holder may remove the empty folder at any time.
      if (codeOf(error) !== "ENOENT" || tries === 20) throw error;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    }
  }
}

function isStill(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false, bigint: true });
  const ours = fstatSync(fd, { bigint: true });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // A lock file that stays is found free by the next one who looks.
    if (codeOf(error) === undefined) throw error;
  }
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // Other locks are in it, or another holder removed it first.
    if (codeOf(error) === undefined) throw error;
  }
}

/** On Windows a file that is being deleted refuses to be opened until its last handle is closed. */
function isFading(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EPERM" || code === "EBUSY" || (process.platform === "win32" && code === "EACCES");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function lockFailure(path: string, cause: unknown): unknown {
  if (codeOf(cause) === undefined) return cause;
  return new StoreIoError(
    `The lock file ${path} cannot be used. Check the permissions of its folder, and that the disk is not full.`,
    { cause, location: path },
  );
}
