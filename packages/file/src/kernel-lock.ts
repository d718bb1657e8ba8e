import fs from "node:fs";
import { StoreIoError } from "@agent-sessions/core";
import { errorCode } from "./open-file.js";
import { createPrivateFile } from "./private-files.js";

export type TryLock = (fd: number) => boolean;

const OPEN_FLAGS: number =
  fs.constants.O_RDWR | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

let native: Promise<TryLock> | null = null;

/**
 * The kernel's file lock. Loaded at the first write, because reads need none and it takes a while.
 *
 * @throws {StoreIoError} STORE_IO where the native module does not load
 */
export function loadKernelLock(): Promise<TryLock> {
  native ??= import("fs-native-extensions").then(
    (module) => (fd) => module.tryLock(fd),
    (error: unknown) => {
      native = null;
      throw new StoreIoError(
        `The native module for file locks (fs-native-extensions) does not load on ${process.platform}-${process.arch}: reading works, writing does not. Install it for this platform, or open the store with locking: "single-process" if no other process uses it.`,
        { cause: error },
      );
    },
  );
  return native;
}

/**
 * Opens the file at `path` (which is made if need be) and locks it. Null when somebody else holds it. The lock ends when the
 * descriptor is closed, and with the process.
 *
 * Whoever holds a lock file may unlink it, so after locking, the file that is locked must still be the one at the path.
 *
 * @throws ENOENT when the folder is missing
 */
export function tryLockFile(path: string, tryLock: TryLock): number | null {
  for (;;) {
    const fd = openLockFile(path);
    if (fd === null) continue;
    let isLocked = false;
    try {
      if (!lockOf(path, tryLock, fd)) return null;
      isLocked = isAtPath(fd, path);
      if (isLocked) return fd;
    } finally {
      if (!isLocked) fs.closeSync(fd);
    }
  }
}

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
  const there = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  if (there === undefined) return false;
  const open = fs.fstatSync(fd, { bigint: true });
  return open.ino === there.ino && open.dev === there.dev;
}

function lockOf(path: string, tryLock: TryLock, fd: number): boolean {
  try {
    return tryLock(fd);
  } catch (error) {
    throw new StoreIoError(
      `The file system of ${path} does not lock files. Put the store on a local disk, or open it with locking: "single-process" if no other process uses it.`,
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
