import fs from "node:fs";
import type { SessionSummary, UnreadableSession } from "@agent-sessions/core";
import { SessionStoreError, StoreIoError } from "@agent-sessions/core";
import { TimeSlice, toSummary } from "@agent-sessions/core/backend";
import type { FileStore } from "./file-store.js";
import type { IndexedRow, IndexRow } from "./index-rows.js";
import { SessionIndex } from "./session-index.js";
import type { NamespaceFolder } from "./session-place.js";
import { folderNames } from "./store-folders.js";

/**
 * A file that changed so lately may change again without its times showing it: the kernel's clock for them ticks every few
 * milliseconds. Its row is not kept until then.
 */
const UNSETTLED_MS = 25;
/** When rows of changed sessions are written, in milliseconds after the first of them changed. */
const FLUSH_DELAY_MS = 100;

/** So many files between two looks at the clock; each takes a few microseconds, or far more when it has to be read. */
const FILES_PER_LOOK = 32;

const IF_THERE = { throwIfNoEntry: false } as const;

/** All sessions in a folder. */
export interface FolderListing {
  readonly summaries: readonly SessionSummary[];
  readonly unreadable: readonly UnreadableSession[];
}

/** The sessions of one namespace's folder, and the cache of what their heads say. */
export class FolderLister {
  readonly #store: FileStore;
  readonly #folder: NamespaceFolder;
  readonly #index: SessionIndex;
  readonly #changed = new Set<string>();
  #flushTimer: NodeJS.Timeout | null = null;

  constructor(store: FileStore, folder: NamespaceFolder) {
    this.#store = store;
    this.#folder = folder;
    this.#index = new SessionIndex(folder.indexPath);
  }

  /** @param isWanted says which files to look at; null: all */
  async list(isWanted: ((fileName: string) => boolean) | null): Promise<FolderListing> {
    const summaries: SessionSummary[] = [];
    const unreadable: UnreadableSession[] = [];
    const fresh: IndexRow[] = [];
    const live: (IndexedRow | IndexRow)[] = [];
    const slice = new TimeSlice();
    const [names, known] = await Promise.all([folderNames(this.#folder), this.#index.rows()]);
    for (const [index, fileName] of names.entries()) {
      if (index % FILES_PER_LOOK === 0 && slice.isOver) await slice.pause();
      if (isWanted?.(fileName) === false) continue;
      const row = known.get(fileName);
      if (row !== undefined && this.#isUnchanged(row)) {
        live.push(row);
        summaries.push(row);
        continue;
      }
      if (!this.#folder.isSessionFile(fileName)) continue;
      try {
        const read = await this.#read(fileName);
        if (read === null) continue;
        summaries.push(read.summary);
        if (read.isSettled) fresh.push(read);
      } catch (error) {
        unreadable.push(this.#asUnreadable(fileName, error));
      }
    }
    await this.#index.add(fresh);
    if (isWanted === null) await this.#index.compact([...live, ...fresh]);
    return { summaries, unreadable };
  }

  /** A session changed or is gone: its row is to be written, or to go, soon. */
  touch(fileName: string): void {
    this.#changed.add(fileName);
    this.#flushTimer ??= setTimeout(() => void this.flush(), FLUSH_DELAY_MS).unref();
  }

  /** Writes the rows of changed sessions, as far as those have settled. Never rejects. */
  async flush(): Promise<void> {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    const names = [...this.#changed];
    this.#changed.clear();
    const rows: IndexRow[] = [];
    const unsettled: string[] = [];
    const gone: string[] = [];
    const slice = new TimeSlice();
    for (const fileName of names) {
      if (slice.isOver) await slice.pause();
      try {
        const read = await this.#read(fileName);
        if (read === null) gone.push(fileName);
        else if (read.isSettled) rows.push(read);
        else unsettled.push(fileName);
      } catch {
        // It has no row then; the next list says why.
      }
    }
    await this.#index.add(rows);
    await this.#index.drop(gone);
    for (const fileName of unsettled) this.touch(fileName);
  }

  /** Writes what can be written at once, and nothing later. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
  }

  /** Makes the index again from the sessions. */
  async rebuildIndex(): Promise<void> {
    if (this.#index.remove()) await this.list(null);
  }

  #isUnchanged(row: IndexedRow): boolean {
    const stats = fs.lstatSync(this.#folder.filePath(row.fileName), IF_THERE);
    return stats !== undefined && row.describes(stats) && stats.isFile();
  }

  /** Null when it is gone. */
  async #read(fileName: string): Promise<(IndexRow & { readonly isSettled: boolean }) | null> {
    const open = await this.#store.openSession(this.#folder, fileName, "read");
    if (open === null) return null;
    try {
      const { source, state } = open;
      const stamp = source.file.stamp();
      const ageMs = Date.now() - stamp.mtimeMs;
      const isSettled = stamp.size === state.size && ageMs > UNSETTLED_MS;
      return { fileName, stamp, summary: toSummary(state.head), isSettled };
    } finally {
      open.source.file.close();
    }
  }

  #asUnreadable(fileName: string, error: unknown): UnreadableSession {
    const id = this.#folder.idOf(fileName);
    const path = this.#folder.filePath(fileName);
    const reason = error instanceof Error ? error.message : String(error);
    const typed = SessionStoreError.is(error)
      ? error
      : new StoreIoError(`${path} cannot be read: ${reason}`, { cause: error });
    return { id, code: typed.code, message: typed.message };
  }
}
