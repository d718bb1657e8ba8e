import fs from "node:fs";
import { SessionStoreError, StoreIoError } from "@agent-sessions/core";
import {
  type BackendPage,
  type ListPlan,
  matchesId,
  selectPage,
  TimeSlice,
  toSummary,
} from "@agent-sessions/core/backend";
import { isSettled, settledStamp } from "./change-stamp.js";
import type { FileStore } from "./file-store.js";
import { IndexedRow } from "./index-rows.js";
import { type FolderListing, ListingWalk, type UnreadableFile } from "./listing-walk.js";
import { reasonOf } from "./open-file.js";
import { SessionIndex } from "./session-index.js";
import type { NamespaceFolder } from "./session-place.js";
import { folderNames } from "./store-folders.js";

/** When rows of changed sessions are written, in milliseconds after the first of them changed. */
const FLUSH_DELAY_MS = 100;

/** Deleted sessions leave the index by a rewrite of it, which may take one part in so many of the time. */
const DROP_PAUSE_FACTOR = 20;

/** So many files between two looks at the clock; each takes a few microseconds, or far more when it has to be read. */
const FILES_PER_LOOK = 32;

/** Unreadable sessions are named up to so many on a page; beyond that they are counted. */
const MAX_UNREADABLE = 100;

const IF_THERE = { throwIfNoEntry: false } as const;

/** The sessions of one namespace's folder, and the cache of what their heads say. */
export class FolderLister {
  readonly #store: FileStore;
  readonly #folder: NamespaceFolder;
  readonly #index: SessionIndex;
  readonly #walk: ListingWalk;
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
    this.#walk = new ListingWalk(folder, {
      isUnchanged: (row) => this.#isUnchanged(row),
      updatedAt: async (fileName) => (await this.#read(fileName))?.row.updatedAt ?? null,
    });
  }

  /** @param isWanted as for `list` */
  async page(plan: ListPlan, isWanted: ((fileName: string) => boolean) | null): Promise<BackendPage> {
    if (isWanted !== null) return await pageOf(await this.list(isWanted), plan);
    return (
      (await this.#walk.page(plan)) ??
      (await pageOf(await this.#walk.remember(async () => await this.list(null)), plan))
    );
  }

  /** @param isWanted says which files to look at; null: all */
  async list(isWanted: ((fileName: string) => boolean) | null): Promise<FolderListing> {
    const unreadable: UnreadableFile[] = [];
    const unsettled = new Set<string>();
    const fresh: IndexedRow[] = [];
    const slice = new TimeSlice();
    const [all, known] = await Promise.all([folderNames(this.#folder), this.#index.rows()]);
    const names = isWanted === null ? all : all.filter(isWanted);
    const rows: IndexedRow[] = [];
    const changed: string[] = [];
    for (let from = 0; from < names.length; ) {
      from = this.#compare(names, from, known, rows, changed, slice);
      if (slice.isOver) await slice.pause();
    }
    const isAnyGone = known.size > rows.length + changed.filter((fileName) => known.has(fileName)).length;
    for (const fileName of changed) {
      if (slice.isOver) await slice.pause();
      if (!this.#folder.isSessionFile(fileName)) continue;
      const begunAt = Date.now();
      try {
        const read = await this.#read(fileName);
        if (read === null) continue;
        rows.push(read.row);
        if (read.isSettled) fresh.push(read.row);
        else unsettled.add(fileName);
      } catch (error) {
        unreadable.push(this.#asUnreadable(fileName, error, begunAt));
      }
    }
    await this.#index.add(fresh);
    if (isWanted !== null) return { rows, unsettled, unreadable };
    if (this.#index.isMostlyGarbage(rows.length)) {
      await this.#index.compact(rows.filter(({ fileName }) => !unsettled.has(fileName)));
    } else if (isAnyGone) {
      const there = new Set(names);
      for (const fileName of known.keys()) if (!there.has(fileName)) this.#mark(fileName);
    }
    return { rows, unsettled, unreadable };
  }

  /**
   * Compares files with their rows from one on, until the slice is over: those whose row holds go to `rows`, all others to `changed`.
   * Returns how far it came. Not async, because what is done ten thousand times is compiled sooner then.
   */
  #compare(
    names: readonly string[],
    from: number,
    known: ReadonlyMap<string, IndexedRow>,
    rows: IndexedRow[],
    changed: string[],
    slice: TimeSlice,
  ): number {
    let index = from;
    for (let fileName = names[index]; fileName !== undefined; fileName = names[++index]) {
      if (index % FILES_PER_LOOK === 0 && index > from && slice.isOver) return index;
      const row = known.get(fileName);
      if (row !== undefined && this.#isUnchanged(row)) rows.push(row);
      else changed.push(fileName);
    }
    return index;
  }

  /** This store changed or deleted a session. */
  touch(fileName: string): void {
    this.#walk.touch(fileName);
    this.#mark(fileName);
  }

  /** A row is to be written, or to go, soon. */
  #mark(fileName: string): void {
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
    const rows: IndexedRow[] = [];
    const unsettled: string[] = [];
    const gone: string[] = [];
    const slice = new TimeSlice();
    for (const fileName of names) {
      if (slice.isOver) await slice.pause();
      try {
        const read = await this.#read(fileName);
        if (read === null) gone.push(fileName);
        else if (read.isSettled) rows.push(read.row);
        else unsettled.push(fileName);
      } catch {
        // It has no row then; the next list says why.
      }
    }
    await this.#index.add(rows);
    await this.#drop(gone, isLast);
    for (const fileName of unsettled) this.#mark(fileName);
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
    this.#walk.forget();
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
  async #read(fileName: string): Promise<{ readonly row: IndexedRow; readonly isSettled: boolean } | null> {
    const open = await this.#store.openSession(this.#folder, fileName, "read");
    if (open === null) return null;
    try {
      const { source, state } = open;
      const stamp = source.file.stamp();
      const row = IndexedRow.of({ fileName, stamp, summary: toSummary(state.head) });
      return { row, isSettled: stamp.size === state.size && isSettled(stamp, Date.now()) };
    } finally {
      open.source.file.close();
    }
  }

  /** @param begunAt when it was tried, in milliseconds since 1970 */
  #asUnreadable(fileName: string, error: unknown, begunAt: number): UnreadableFile {
    const id = this.#folder.idOf(fileName);
    const path = this.#folder.filePath(fileName);
    const typed = SessionStoreError.is(error)
      ? error
      : new StoreIoError(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
    // Only what is in a file stays as it is as long as the file does.
    const stamp = typed.code === "STORE_IO" ? null : settledStamp(fs.lstatSync(path, IF_THERE), begunAt);
    return { path, stamp, report: { id, code: typed.code, message: typed.message } };
  }
}

/** The page that a plan asks for, out of what was found. */
export async function pageOf({ rows, unreadable }: FolderListing, plan: ListPlan): Promise<BackendPage> {
  const { sessions, hasMore } = await selectPage(plan, rows);
  const reports = plan.after === null ? unreadable.map(({ report }) => report) : [];
  const reported = reports.filter(({ id }) => matchesId(plan, id));
  return {
    // The rows belong to the cache; what leaves here belongs to the caller.
    sessions: sessions.map((row) => row.summary),
    hasMore,
    unreadable: reported.slice(0, MAX_UNREADABLE),
    unreadableCount: reported.length,
  };
}
