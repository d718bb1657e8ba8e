import type { Finding, RepairReport } from "@agent-sessions/core";
import { type SessionKey, startWait } from "@agent-sessions/core/backend";
import type { FileStore } from "./file-store.js";
import type { FolderLister } from "./folder-listing.js";
import { appendBytes } from "./log-appender.js";
import { type KnownSession, salvage } from "./salvage.js";
import { removeForsakenLocks } from "./session-lock.js";
import type { NamespaceFolder } from "./session-place.js";
import type { SessionWriter } from "./session-writer.js";
import { setAside, setTailAside } from "./set-aside.js";
import { sweepLeftovers } from "./staged-file.js";
import { sweepStagingFolders } from "./staging-folder.js";
import { storeFolders } from "./store-folders.js";
import { knownByName, verifySession } from "./verify-store.js";

/** How long repair waits for a session that others write to, in milliseconds. */
const REPAIR_WAIT_MS = 10_000;

/**
 * Mends what can be mended: torn ends are set aside, records that cannot be read are set aside with the whole file they stood in,
 * counters are counted again, what dead writers left is removed, and indexes are made again.
 */
export async function repairStore(
  store: FileStore,
  writer: SessionWriter,
  listerOf: (folder: NamespaceFolder) => FolderLister,
  key: SessionKey | null,
): Promise<RepairReport> {
  const repair = new Repair(store, writer);
  if (key !== null) {
    await repair.session(store.folder(key.namespace), store.fileName(key), key);
    return repair.report();
  }
  for await (const { folder, isNamed, fileNames } of storeFolders(store)) {
    for (const fileName of fileNames)
      await repair.session(folder, fileName, knownByName(folder, isNamed, fileName));
    await repair.leftovers(folder);
    if (isNamed && fileNames.length > 0) await listerOf(folder).rebuildIndex();
  }
  repair.removed("", sweepStagingFolders(store.settings.root));
  return repair.report();
}

class Repair {
  readonly #repaired: { namespace: string; id: string | null; action: string }[] = [];
  readonly #setAside: string[] = [];
  readonly #remaining: Finding[] = [];
  readonly #store: FileStore;
  readonly #writer: SessionWriter;

  constructor(store: FileStore, writer: SessionWriter) {
    this.#store = store;
    this.#writer = writer;
  }

  report(): RepairReport {
    return { repaired: this.#repaired, setAside: this.#setAside, remaining: this.#remaining };
  }

  async session(folder: NamespaceFolder, fileName: string, known: KnownSession | null): Promise<void> {
    const found = await verifySession(this.#store, folder, fileName, known);
    if (found === null) return;
    if (found.repairable) {
      const held = await this.#store.lock(folder, fileName, startWait(REPAIR_WAIT_MS), found.id ?? fileName);
      try {
        await this.#mend(folder, fileName, found, known);
      } finally {
        held.release();
      }
    }
    const left = await verifySession(this.#store, folder, fileName, known);
    if (left !== null) this.#remaining.push(left);
  }

  async leftovers(folder: NamespaceFolder): Promise<void> {
    const tryLock = await this.#store.tryLock();
    if (tryLock !== null) await removeForsakenLocks(folder, tryLock);
    this.removed(folder.namespace, sweepLeftovers(folder, tryLock));
  }

  removed(namespace: string, paths: readonly string[]): void {
    for (const path of paths) {
      const action = `removed ${path}, which a stopped writer had left`;
      this.#repaired.push({ namespace, id: null, action });
    }
  }

  async #mend(
    folder: NamespaceFolder,
    fileName: string,
    found: Finding,
    known: KnownSession | null,
  ): Promise<void> {
    const source = this.#store.openSource(folder, fileName, "write");
    if (source === null) return;
    const { isDurable } = this.#store.settings;
    try {
      const salvaged = await salvage(source, known);
      if (salvaged === null) return;
      const { state, scan, isHeaderNew } = salvaged;
      const { head, end, size, gap } = state;
      const done = (action: string): void =>
        void this.#repaired.push({ namespace: folder.namespace, id: head.id, action });
      if (scan.damaged.length > 0 || isHeaderNew) {
        this.#setAside.push(await setAside(source, "damaged", 0, size, isDurable));
        await this.#writer.rewrite(head, { source, state });
        done(
          `kept the damaged file aside and went on with the ${head.messageCount} message${head.messageCount === 1 ? "" : "s"} that can be read`,
        );
      } else if (scan.isTorn) {
        this.#setAside.push(await setTailAside(source, state, isDurable));
        await appendBytes(source, state, Buffer.from(gap), isDurable);
        done(`set ${size - end} torn bytes at the end aside`);
      } else if (found.fault === "counters-differ") {
        await this.#writer.rewrite(head, { source, state });
        done(`counted its ${head.messageCount} messages again`);
      }
    } finally {
      source.file.close();
    }
  }
}
