import fs from "node:fs";
import type { Finding } from "@agent-sessions/core";
import { SessionStoreError } from "@agent-sessions/core";
import { retryOvertaken } from "@agent-sessions/core/backend";
import { type FileStore, type OpenSession, withSession } from "./file-store.js";
import type { LogSource } from "./log-source.js";
import { readWhole } from "./log-state.js";
import { type KnownSession, salvage } from "./salvage.js";
import type { NamespaceFolder } from "./session-place.js";
import { findLeftovers } from "./staged-file.js";
import { storeFolders } from "./store-folders.js";

/** How often, and how long apart in milliseconds, an unclosed end is looked at again: a write under way closes it soon. */
const TORN_LOOKS = 5;
/** The same for an empty file that its writer is about to lock. */
const UNLOCKED_LOOKS = 25;
const LOOK_PAUSE_MS = 20;

/**
 * Every fault in the folders, each session read from end to end. Faults: `torn-tail`, `unreadable`, `misplaced`, `incompatible`,
 * `counters-differ`, `leftover`.
 */
export async function* verifyStore(store: FileStore): AsyncGenerator<Finding, void, undefined> {
  for await (const { folder, isNamed, fileNames } of storeFolders(store)) {
    for (const fileName of fileNames) {
      const finding = await verifySession(store, folder, fileName, knownByName(folder, isNamed, fileName));
      if (finding !== null) yield finding;
    }
    for (const path of await lastingLeftovers(store, folder)) {
      yield {
        namespace: folder.namespace,
        id: null,
        fault: "leftover",
        message: `${path} was left by a writer that was stopped before it was done. It is never listed; the next new session, or repair(), removes it.`,
        path,
        repairable: true,
      };
    }
  }
}

/** Whose file it is, as far as its name and its folder's tell. */
export function knownByName(
  folder: NamespaceFolder,
  isNamed: boolean,
  fileName: string,
): KnownSession | null {
  return isNamed && folder.isIdKnown(fileName)
    ? { namespace: folder.namespace, id: folder.idOf(fileName) }
    : null;
}

/**
 * A file that somebody has made and not locked yet is empty, and looks like a leftover until they run again, which may take a while where
 * many want to: an empty one that stays is one.
 */
async function lastingLeftovers(store: FileStore, folder: NamespaceFolder): Promise<string[]> {
  const tryLock = await store.tryLock().catch(() => null);
  let left = findLeftovers(folder, tryLock);
  for (let looks = 1; looks < UNLOCKED_LOOKS && left.some(isEmpty); looks++) {
    await new Promise<void>((resume) => setTimeout(resume, LOOK_PAUSE_MS));
    const still = new Set(findLeftovers(folder, tryLock));
    left = left.filter((path) => still.has(path));
  }
  return left;
}

function isEmpty(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.size === 0;
}

/**
 * Null when the session is as it should be, or gone.
 *
 * @param known whose file it is, when that is known without reading it
 */
export async function verifySession(
  store: FileStore,
  folder: NamespaceFolder,
  fileName: string,
  known: KnownSession | null,
): Promise<Finding | null> {
  const path = folder.filePath(fileName);
  const id = folder.idOf(fileName);
  const finding = (fault: string, message: string, repairable: boolean, sessionId = id): Finding => ({
    namespace: folder.namespace,
    id: sessionId,
    fault,
    message,
    path,
    repairable,
  });
  try {
    const look = async (open: OpenSession): Promise<Finding | null> => {
      const { head } = open.state;
      const whole = await readWhole(open.source, open.state.size);
      if (open.state.isTorn || whole.isTorn) {
        if (!(await staysTorn(store, folder, fileName, open))) return null;
        const bytes = whole.size - whole.end;
        return finding(
          "torn-tail",
          `The last ${bytes} bytes of ${path} are a record that was never completed.`,
          true,
          head.id,
        );
      }
      if (open.state.scan === null && whole.head.messageCount !== head.messageCount) {
        const counts = `counts ${head.messageCount} messages and holds ${whole.head.messageCount}`;
        return finding("counters-differ", `${path} ${counts} after an edit by hand.`, true, head.id);
      }
      return null;
    };
    // A writer that cuts the log, or sets its torn end aside, may overtake the look at it.
    return await retryOvertaken(id, () => withSession(store, folder, fileName, look));
  } catch (error) {
    if (SessionStoreError.is(error, "STORE_INCOMPATIBLE"))
      return finding("incompatible", error.message, false);
    if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
    const isMisplaced = error.details["misplaced"] === true;
    if (isMisplaced) return finding("misplaced", error.message, false);
    return finding("unreadable", error.message, await canMend(store, folder, fileName, known));
  }
}

/** Whether anything is left to go on from once what cannot be read is set aside. */
async function canMend(
  store: FileStore,
  folder: NamespaceFolder,
  fileName: string,
  known: KnownSession | null,
): Promise<boolean> {
  let source: LogSource | null = null;
  try {
    source = store.openSource(folder, fileName, "read");
    return source !== null && (await salvage(source, known)) !== null;
  } catch (error) {
    // A folder in the file's place, or a link: there is nothing to read.
    if (SessionStoreError.is(error, "SESSION_CORRUPTED")) return false;
    throw error;
  } finally {
    source?.file.close();
  }
}

/** An unclosed end is a fault only when nobody is about to close it: when nobody holds the lock, or it has stayed for a while. */
async function staysTorn(
  store: FileStore,
  folder: NamespaceFolder,
  fileName: string,
  first: OpenSession,
): Promise<boolean> {
  for (let looks = 0; looks < TORN_LOOKS; looks++) {
    const isLocked = await store.isLocked(folder, fileName);
    const isStill = await withSession(
      store,
      folder,
      fileName,
      async ({ state }) => state.isTorn && state.size === first.state.size && state.end === first.state.end,
    );
    if (isStill !== true) return false;
    if (!isLocked) return true;
    await new Promise<void>((resume) => setTimeout(resume, LOOK_PAUSE_MS));
  }
  return true;
}
