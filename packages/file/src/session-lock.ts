import fs from "node:fs";
import { retryUntil, TimeSlice, type Wait } from "@agent-sessions/core/backend";
import {
  loadedKernelLock,
  loadKernelLock,
  type TryLock,
  tryLockFile,
  unlinkLockFile,
} from "./kernel-lock.js";
import { beginTurn, isTurnOver, noteRelease } from "./lock-turns.js";
import { errorCode } from "./open-file.js";
import { ensurePrivateFolder, removeEmptyFolders } from "./private-files.js";
import { enterProcessQueue, enterProcessQueueIfFree } from "./process-queue.js";
import type { NamespaceFolder } from "./session-place.js";
import { tryThreadLock } from "./thread-lock.js";
import { isAwaited, LockWaiter, removeRoom } from "./waiting-room.js";

/**
 * `kernel` excludes other processes; `single-process` is for where the kernel's locks are not to be had, and excludes the threads of this
 * one (but not on macOS, where the kernel's locks are always to be had).
 */
export type Locking = "kernel" | "single-process";

/** A session's lock while it is held. */
export interface HeldLock {
  /** Folders that were made for it, the outermost first: their names are to be made durable with the session. */
  readonly madeFolders: readonly string[];
  /** @param isSessionThere when the holder knows that the session exists: then nobody has to look whether its lock file may go */
  release(isSessionThere?: boolean): void;
}

/**
 * Takes a session's lock: first a place in this process's queue, then the kernel's lock on a file of its own.
 *
 * @throws {SessionLockError} SESSION_LOCKED when the wait is over
 * @throws the signal's reason, unchanged, when it aborts
 */
export async function lockSession(
  folder: NamespaceFolder,
  fileName: string,
  options: {
    readonly locking: Locking;
    readonly queueKey: string;
    readonly wait: Wait;
    readonly sessionId: string;
  },
): Promise<HeldLock> {
  const { locking, queueKey, wait, sessionId } = options;
  const tryLock = locking === "kernel" ? await loadKernelLock() : null;
  const leaveQueue = await enterProcessQueue(queueKey, wait, sessionId);
  try {
    if (tryLock === null) {
      const leaveThreads = await retryUntil(wait, sessionId, () => tryThreadLock(queueKey));
      return heldInProcess(folder, () => {
        leaveThreads();
        leaveQueue();
      });
    }
    const path = folder.lockPath(fileName);
    const madeFolders: string[] = [];
    const waiter = new LockWaiter(path, folder.waitingRoomPath(fileName), tryLock, wait);
    const attempt = (): number | null => {
      for (;;) {
        try {
          return waiter.attempt();
        } catch (error) {
          if (errorCode(error) !== "ENOENT") throw error;
        }
        // Its folder is missing: never made, or just taken away by the last delete in it.
        madeFolders.push(...ensurePrivateFolder(folder.locksPath));
      }
    };
    try {
      const fd = await retryUntil(wait, sessionId, attempt, () => waiter.isNearlyNext);
      beginTurn(path);
      return heldByKernel(folder, fileName, { path, fd, madeFolders, tryLock, leaveQueue });
    } finally {
      waiter.end();
    }
  } catch (error) {
    leaveQueue();
    throw error;
  }
}

/** As `lockSession` where that takes no waiting at all: most often. Null otherwise, with nothing done. */
export function lockSessionIfFree(
  folder: NamespaceFolder,
  fileName: string,
  queueKey: string,
): HeldLock | null {
  const tryLock = loadedKernelLock();
  const leaveQueue = tryLock === null ? null : enterProcessQueueIfFree(queueKey);
  if (tryLock === null || leaveQueue === null) return null;
  const path = folder.lockPath(fileName);
  let fd: number | null = null;
  try {
    if (!hasToYield(folder, fileName, path)) fd = tryLockFile(path, tryLock);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  } finally {
    if (fd === null) leaveQueue();
  }
  return fd === null
    ? null
    : heldByKernel(folder, fileName, { path, fd, madeFolders: [], tryLock, leaveQueue });
}

/** Whether this process has had its turn, and others wait for theirs. */
function hasToYield(folder: NamespaceFolder, fileName: string, path: string): boolean {
  if (!isTurnOver(path)) return false;
  if (isAwaited(folder.waitingRoomPath(fileName))) return true;
  beginTurn(path);
  return false;
}

function heldByKernel(
  folder: NamespaceFolder,
  fileName: string,
  lock: {
    readonly path: string;
    readonly fd: number;
    readonly madeFolders: readonly string[];
    readonly tryLock: TryLock;
    readonly leaveQueue: () => void;
  },
): HeldLock {
  const { path, fd, madeFolders, tryLock, leaveQueue } = lock;
  const takenAt = performance.now();
  return {
    madeFolders,
    release: (isSessionThere = false) => {
      try {
        if (!isSessionThere && !isThere(folder.filePath(fileName))) {
          // Nothing is left of the session, so nothing shall be left of its lock. Only the holder may unlink it.
          removeRoom(folder.waitingRoomPath(fileName), tryLock);
          unlinkLockFile(fd, path);
          // A store that this very lock began goes whole; one that was there is left as it was found.
          if (madeFolders.length > 0) removeEmptyFolders([folder.stagingPath]);
          removeEmptyFolders([...madeFolders.filter((made) => made !== folder.locksPath), folder.locksPath]);
        }
      } catch {
        // Litter that harms nobody: an empty lock file.
      } finally {
        fs.closeSync(fd);
        noteRelease(path, takenAt);
        leaveQueue();
      }
    },
  };
}

function heldInProcess(folder: NamespaceFolder, leaveQueue: () => void): HeldLock {
  const madeFolders = ensurePrivateFolder(folder.path);
  return {
    madeFolders,
    release: () => {
      removeEmptyFolders(madeFolders);
      leaveQueue();
    },
  };
}

function isThere(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Removes the lock files of sessions that are gone, as far as nobody holds them: of those that people deleted by hand, or whose creator
 * was killed. They harm nobody, so nothing is said of them.
 */
export async function removeForsakenLocks(folder: NamespaceFolder, tryLock: TryLock): Promise<void> {
  const slice = new TimeSlice();
  for (const name of lockNames(folder)) {
    if (slice.isOver) await slice.pause();
    const fileName = `${name}.${folder.extension}`;
    const path = folder.lockPath(fileName);
    if (!folder.isSessionFile(fileName) || isThere(folder.filePath(fileName))) continue;
    const fd = tryLockFile(path, tryLock);
    if (fd === null) continue;
    try {
      if (isThere(folder.filePath(fileName))) continue;
      removeRoom(folder.waitingRoomPath(fileName), tryLock);
      unlinkLockFile(fd, path);
    } finally {
      fs.closeSync(fd);
    }
  }
  removeEmptyFolders([folder.locksPath]);
}

/** The disk names that lock files and seats are there for. */
function lockNames({ locksPath }: NamespaceFolder): Set<string> {
  try {
    return new Set(fs.readdirSync(locksPath).map((name) => name.replace(/\.(?:lock|wait\d+)$/, "")));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return new Set();
    throw error;
  }
}
