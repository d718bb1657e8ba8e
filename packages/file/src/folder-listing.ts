import fs from "node:fs";
import type { SessionSummary, UnreadableSession } from "@agent-sessions/core";
import { SessionStoreError, StoreIoError } from "@agent-sessions/core";
import { TimeSlice, toSummary } from "@agent-sessions/core/backend";
import type { FileStore } from "./file-store.js";
import { IndexedRow, type IndexRow } from "./index-rows.js";
import { reasonOf } from "./open-file.js";
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

/** Deleted sessions leave the index by a rewrite of it, which may take one part in so many of the time. */
const DROP_PAUSE_FACTOR = 20;

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
  /** Files whose rows are to go. */
  readonly #gone = new Set<string>();
  #nextDropAt = 0;
  #flushTimer: NodeJS.Timeout | null = null;
  /** The flush that was asked for last; it never rejects. */
  #lastFlush: Promise<void> = Promise.resolve();

  constructor(store: FileStore, folder: NamespaceFolder) {
    this.#store = store;
    this.#folder = folder;
    this.#index = new SessionIndex(folder, () => store.tryLock());
  }

  /** @param isWanted says which files to look at; null: all */
  async list(isWanted: ((fileName: string) => boolean) | null): Promise<FolderListing> {
    const unreadable: UnreadableSession[] = [];
    const fresh: IndexRow[] = [];
    const slice = new TimeSlice();
    const [all, known] = await Promise.all([folderNames(this.#folder), this.#index.rows()]);
    const names = isWanted === null ? all : all.filter(isWanted);
    const summaries: SessionSummary[] = [];
    const changed: string[] = [];
    for (let from = 0; from < names.length; ) {
      from = this.#compare(names, from, known, summaries, changed, slice);
      if (slice.isOver) await slice.pause();
    }
    for (const fileName of changed) {
      if (slice.isOver) await slice.pause();
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
    if (isWanted === null) await this.#tidy(names, known, summaries, fresh);
    return { summaries, unreadable };
  }

  /**
   * Compares files with their rows from one on, until the slice is over: those whose row holds go to `summaries`, all others to `changed`.
   * Returns how far it came. Not async, because what is done ten thousand times is compiled sooner then.
   */
  #compare(
    names: readonly string[],
    from: number,
    known: ReadonlyMap<string, IndexedRow>,
    summaries: SessionSummary[],
    changed: string[],
    slice: TimeSlice,
  ): number {
    let index = from;
    for (let fileName = names[index]; fileName !== undefined; fileName = names[++index]) {
      if (index % FILES_PER_LOOK === 0 && index > from && slice.isOver) return index;
      const row = known.get(fileName);
      if (row !== undefined && this.#isUnchanged(row)) summaries.push(row);
      else changed.push(fileName);
    }
    return index;
  }

  /** After a look at all sessions: what is out of date in the index goes, at once when it is most of it, soon when sessions are gone. */
  async #tidy(
    names: readonly string[],
    known: ReadonlyMap<string, IndexedRow>,
    summaries: readonly SessionSummary[],
    fresh: readonly IndexRow[],
  ): Promise<void> {
    if (this.#index.isMostlyGarbage(summaries.length)) {
      const live = summaries.filter((row) => row instanceof IndexedRow);
      await this.#index.compact([...live, ...fresh]);
    } else if (known.size > summaries.length - fresh.length) {
      const there = new Set(names);
      for (const name of known.keys()) if (!there.has(name)) this.touch(name);
    }
  }

  /** A session changed or is gone: its row is to be written, or to go, soon. */
  touch(fileName: string): void {
    this.#changed.add(fileName);
    this.#schedule(FLUSH_DELAY_MS);
  }

  #schedule(delayMs: number): void {
    this.#flushTimer ??= setTimeout(() => void this.flush(), delayMs).unref();
  }

  /**
   * Writes the rows of changed sessions, as far as those have settled. Never rejects.
   *
   * @param isLast when there is no later
   */
  async flush(isLast = false): Promise<void> {
    // One after the other: the last one would miss what one that is under way has taken upon itself.
    this.#lastFlush = this.#lastFlush.then(async () => await this.#flushNow(isLast));
    await this.#lastFlush;
  }

  async #flushNow(isLast: boolean): Promise<void> {
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
    await this.#drop(gone, isLast);
    for (const fileName of unsettled) this.touch(fileName);
  }

  /** Takes the rows of deleted sessions out: a rewrite of the index, so it takes its turn when many are deleted one after the other. */
  async #drop(gone: readonly string[], isLast: boolean): Promise<void> {
    for (const fileName of gone) this.#gone.add(fileName);
    if (this.#gone.size === 0) return;
    const begun = performance.now();
    if (begun < this.#nextDropAt && !isLast) {
      this.#schedule(this.#nextDropAt - begun);
      return;
    }
    const names = new Set(this.#gone);
    this.#gone.clear();
    await this.#index.drop(names);
    const ended = performance.now();
    this.#nextDropAt = ended + DROP_PAUSE_FACTOR * (ended - begun);
  }

  /** Writes what can be written at once, and nothing later. */
  async close(): Promise<void> {
    await this.flush(true);
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
  }

  /** Makes the index again from the sessions. */
  async rebuildIndex(): Promise<void> {
    if (await this.#index.remove()) await this.list(null);
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
    const typed = SessionStoreError.is(error)
      ? error
      : new StoreIoError(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
    return { id, code: typed.code, message: typed.message };
  }
}
