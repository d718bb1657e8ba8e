import fs from "node:fs";
import type { Finding, RepairReport } from "@agent-sessions/core";
import { type SessionKey, startWait } from "@agent-sessions/core/backend";
import type { FileStore, OpenSession } from "./file-store.js";
import type { FolderLister } from "./folder-listing.js";
import { appendBytes, setTailAside, writeAside } from "./log-appender.js";
import { scanLog } from "./log-scan.js";
import type { NamespaceFolder } from "./session-place.js";
import type { SessionWriter } from "./session-writer.js";
import { sweepLeftovers } from "./staged-file.js";
import { storeFolders } from "./store-folders.js";
import { verifySession } from "./verify-store.js";

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
    await repair.session(store.folder(key.namespace), store.fileName(key));
    return repair.report();
  }
  for await (const { folder, isNamed, fileNames } of storeFolders(store)) {
    for (const fileName of fileNames) await repair.session(folder, fileName);
    await repair.leftovers(folder);
    if (isNamed && fileNames.length > 0) await listerOf(folder).rebuildIndex();
  }
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

  async session(folder: NamespaceFolder, fileName: string): Promise<void> {
    const found = await verifySession(this.#store, folder, fileName);
    if (found === null) return;
    if (found.repairable) {
      const held = await this.#store.lock(folder, fileName, startWait(REPAIR_WAIT_MS), found.id ?? fileName);
      try {
        await this.#mend(folder, fileName, found);
      } finally {
        held.release();
      }
    }
    const left = await verifySession(this.#store, folder, fileName);
    if (left !== null) this.#remaining.push(left);
  }

  async leftovers(folder: NamespaceFolder): Promise<void> {
    for (const path of sweepLeftovers(folder, await this.#store.tryLock())) {
      this.#repaired.push({
        namespace: folder.namespace,
        id: null,
        action: `removed ${path}, which a stopped writer had left`,
      });
    }
  }

  async #mend(folder: NamespaceFolder, fileName: string, found: Finding): Promise<void> {
    const source = this.#store.openSource(folder, fileName, "write");
    if (source === null) return;
    const { isDurable } = this.#store.settings;
    try {
      const size = source.file.size();
      const scan = await scanLog(source, size, { passOver: true }).catch(() => null);
      if (scan === null) return;
      const { header, head, footer, end, gap, isTorn } = scan;
      const open: OpenSession = { source, state: { header, head, footer, end, size, gap, isTorn, scan } };
      const done = (action: string): void =>
        void this.#repaired.push({ namespace: folder.namespace, id: head.id, action });
      if (scan.damaged.length > 0) {
        const bytes = await fs.promises.readFile(source.file.path);
        this.#setAside.push(await writeAside(source.file.path, "damaged", bytes, isDurable));
        await this.#writer.rewrite(head, open);
        done(
          `kept the damaged file aside and went on with the ${head.messageCount} messages that can be read`,
        );
      } else if (isTorn) {
        this.#setAside.push(await setTailAside(source, open.state, isDurable));
        await appendBytes(source, { ...open.state, isTorn: false }, Buffer.from(gap), isDurable);
        done(`set ${size - end} torn bytes at the end aside`);
      } else if (found.fault === "counters-differ") {
        await this.#writer.rewrite(head, open);
        done(`counted its ${head.messageCount} messages again`);
      }
    } finally {
      source.file.close();
    }
  }
}
