import fs from "node:fs";
import { StoreIoError } from "@agent-sessions/core";
import { CAREFULLY, errorCode } from "./open-file.js";
import { isFadingFile } from "./platform-rules.js";
import { createPrivateFile } from "./private-files.js";

export type TryLock = (fd: number) => boolean;

const OPEN_FLAGS: number = fs.constants.O_RDWR | CAREFULLY;
/** What to do where there are no kernel locks, for messages. */
const INSTEAD = 'open the store with locking: "single-process" if no other process uses it';

let native: Promise<TryLock> | null = null;
let loaded: TryLock | null = null;

/**
 * The kernel's file lock. Loaded at the first write, because reads need none and it takes a while.
 *
 * @throws {StoreIoError} STORE_IO where the native module does not load
 */
export function loadKernelLock(): Promise<TryLock> {
  native ??= import("fs-native-extensions").then(
    (module) => {
      loaded = (fd) => module.tryLock(fd);
      return loaded;
    },
    (error: unknown) => {
      native = null;
      throw notLoaded(error, INSTEAD);
    },
  );
  return native;
}

/** The same, once it is loaded; null before. */
export function loadedKernelLock(): TryLock | null {
  return loaded;
}

/**
 * The same at once, for who cannot wait: inside a database transaction.
 *
 * @param instead what to do where there are no kernel locks, for messages: "Install it for this platform, or …"
 * @throws {StoreIoError} STORE_IO where the native module does not load
 */
export function requireKernelLock(instead: string): TryLock {
  try {
    const { createRequire } = process.getBuiltinModule("node:module");
    const module = createRequire(import.meta.url)("fs-native-extensions") as { readonly tryLock: TryLock };
    return (fd) => module.tryLock(fd);
  } catch (error) {
    throw notLoaded(error, instead);
  }
}

/**
 * Opens the file at `path` (which is made if need be) and locks it. Null when somebody else holds it. The lock ends when the
 * descriptor is closed, and with the process.
 *
 * Whoever holds a lock file may unlink it, with `unlinkLockFile`. Who opened it before and locks it after that finds it marked, and only
 * a marked file need be compared with the one that is at the path now.
 *
 * @param instead as for `requireKernelLock`
 * @throws ENOENT when the folder is missing
 */
export function tryLockFile(path: string, tryLock: TryLock, instead: string = INSTEAD): number | null {
  for (;;) {
    let fd: number | null;
    try {
      fd = openLockFile(path);
    } catch (error) {
      if (isFadingFile(error, process.platform)) return null;
      throw error;
    }
    if (fd === null) continue;
    let isLocked = false;
    try {
      if (!lockOf(path, tryLock, fd, instead)) return null;
      isLocked = !isMarked(fd) || isAtPath(fd, path);
      if (isLocked) return fd;
    } finally {
      if (!isLocked) fs.closeSync(fd);
    }
  }
}

/**
 * Unlinks a lock file that the caller holds, marked for those who have opened it already and wait for its lock: with a byte, which every
 * descriptor sees, whatever other names the file has, or gets from a network file system when its last one goes.
 */
export function unlinkLockFile(fd: number, path: string): void {
  fs.ftruncateSync(fd, 1);
  fs.unlinkSync(path);
}

/** Asked by reading, which costs half of what asking for the size does. */
function isMarked(fd: number): boolean {
  return fs.readSync(fd, markBuffer, 0, 1, 0) > 0;
}

const markBuffer = Buffer.alloc(1);

/**
 * Whether somebody holds the lock on the file at `path`. Makes nothing. A file that is missing is held by nobody, and one that cannot
 * be opened for writing lies where nobody can write.
 */
export function isHeld(path: string, tryLock: TryLock): boolean {
  let fd: number;
  try {
    fd = fs.openSync(path, OPEN_FLAGS);
  } catch {
    return false;
  }
  try {
    return !tryLock(fd);
  } catch {
    return false;
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether the file that is open lies at the path still. */
export function isAtPath(fd: number, path: string): boolean {
  const there = fs.statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return false;
  const open = fs.fstatSync(fd);
  if (open.ino !== there.ino || open.dev !== there.dev) return false;
  // Some file systems have inodes beyond what a number holds exactly; only there is it worth asking again.
  return Number.isSafeInteger(open.ino) || isExactlyAtPath(fd, path);
}

function isExactlyAtPath(fd: number, path: string): boolean {
  const there = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  return there !== undefined && fs.fstatSync(fd, { bigint: true }).ino === there.ino;
}

function notLoaded(cause: unknown, instead: string): StoreIoError {
  return new StoreIoError(
    `The native module for file locks (fs-native-extensions) does not load on ${process.platform}-${process.arch}: nothing can be locked, but reading works. Install it for this platform, or ${instead}.`,
    { cause },
  );
}

function lockOf(path: string, tryLock: TryLock, fd: number, instead: string): boolean {
  try {
    return tryLock(fd);
  } catch (error) {
    throw new StoreIoError(
      `The file system of ${path} does not lock files. Put the store on a local disk, or ${instead}.`,
      { cause: error, location: path },
    );
  }
}

/** Null when the file came and went meanwhile: try again. */
function openLockFile(path: string): number | null {
  try {
    return fs.openSync(path, OPEN_FLAGS);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  try {
    return createPrivateFile(path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return null;
    throw error;
  }
}
