import fs from "node:fs";
import type { SessionSummary, UnreadableSession } from "@agent-sessions/core";
import {
  type BackendPage,
  comparePositions,
  filterOf,
  type ListPlan,
  type ListPosition,
  TimeSlice,
} from "@agent-sessions/core/backend";
import { changeStamp, settledStamp } from "./change-stamp.js";
import type { IndexedRow } from "./index-rows.js";
import { RowOrder } from "./row-order.js";
import type { NamespaceFolder } from "./session-place.js";

/** How long what a look found serves further pages, in milliseconds. */
const LIFE_MS = 10_000;

const IF_THERE = { throwIfNoEntry: false } as const;

/** The sessions of a folder that were asked for. */
export interface FolderListing {
  readonly rows: readonly IndexedRow[];
  /** Names of files that may change again without their times showing it. */
  readonly unsettled: ReadonlySet<string>;
  readonly unreadable: readonly UnreadableFile[];
}

/** A session file that cannot be read. */
export interface UnreadableFile {
  readonly path: string;
  /** It stays unreadable as long as it bears this stamp; null: who knows. */
  readonly stamp: string | null;
  readonly report: UnreadableSession;
}

/** What is asked of the files. */
export interface ListedFiles {
  isUnchanged(row: IndexedRow): boolean;
  /** When a session changed, as its file says now; null when there is none. */
  updatedAt(fileName: string): Promise<string | null>;
}

/** What was found by looking at all sessions of a folder. */
interface Look {
  readonly listing: FolderListing;
  /** The folder's, from before. */
  readonly folderStamp: string;
  /** When it began, ISO 8601. */
  readonly time: string;
  /** `performance.now()` */
  readonly endsAt: number;
}

/** A session that this store wrote to. */
interface Touch {
  /** `performance.now()` */
  readonly at: number;
  /** As `ListedFiles` says; undefined until it was asked. */
  updatedAt: string | null | undefined;
}

/**
 * The pages behind the first one. If each of them looked at every session, a walk through all pages would cost the square of their
 * number. So a look is remembered, and gives those pages that another look would give the same:
 *
 * - The folder is as it was before the look: no session came, went or was replaced.
 * - Every session on the page, and every one that a filter keeps off it, is as it was.
 * - No other session can have moved there. Ids and times of creation do not change in place. Where the newest come first, a session that is
 *   written to goes to the front, off the pages that are still to come.
 *
 * What that leaves open: a session whose time is set back by hand, within its file, or by a process whose clock is behind, may be missed
 * until the look's life is over.
 */
export class ListingWalk {
  readonly #folder: NamespaceFolder;
  readonly #files: ListedFiles;
  #look: Look | null = null;
  #order: RowOrder | null = null;
  #looksUnderWay = 0;
  /** Since the look that is remembered, or one that is under way, began. */
  readonly #touched = new Map<string, Touch>();

  constructor(folder: NamespaceFolder, files: ListedFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Remembers what a look at all sessions finds. */
  async remember(lookAtAll: () => Promise<FolderListing>): Promise<FolderListing> {
    const begunAt = performance.now();
    const now = Date.now();
    const time = new Date(now).toISOString();
    const folderStamp = settledStamp(this.#folderStats(), now);
    this.#looksUnderWay++;
    try {
      const listing = await lookAtAll();
      // Another look may have begun before them.
      if (this.#looksUnderWay === 1) this.#dropTouches(begunAt);
      if (folderStamp === null) this.forget();
      else this.#keep({ listing, folderStamp, time, endsAt: performance.now() + LIFE_MS });
      return listing;
    } finally {
      this.#looksUnderWay--;
    }
  }

  /** This store wrote to a session. */
  touch(fileName: string): void {
    this.#forgetOld();
    if (this.#look === null && this.#looksUnderWay === 0) return;
    this.#touched.set(fileName, { at: performance.now(), updatedAt: undefined });
  }

  forget(): void {
    this.#look = null;
    this.#order = null;
    if (this.#looksUnderWay === 0) this.#touched.clear();
  }

  /** The page that a look would give now; null when it takes a look to tell. */
  async page(plan: ListPlan): Promise<BackendPage | null> {
    this.#forgetOld();
    const look = this.#look;
    const { after } = plan;
    if (look === null || after === null || !isSteady(plan, after, look.time)) return null;
    if (changeStamp(this.#folderStats()) !== look.folderStamp) {
      this.forget();
      return null;
    }
    if (!(await areUnchanged(look.listing.unreadable))) return null;
    if (plan.orderBy === "updatedAt" && (await this.#isTouchedBehind(after))) return null;
    return await this.#pageOf(look, plan, after);
  }

  async #pageOf(look: Look, plan: ListPlan, after: ListPosition): Promise<BackendPage | null> {
    const { unsettled } = look.listing;
    const order = await this.#orderFrom(look, plan, after);
    const passes = filterOf(plan);
    const sessions: SessionSummary[] = [];
    const slice = new TimeSlice();
    for (let index = await order.firstBehind(after); ; index++) {
      if (slice.isOver) await slice.pause();
      const row = order.at(index);
      if (row === undefined) return { sessions, hasMore: false, unreadable: [], unreadableCount: 0 };
      if (unsettled.has(row.fileName) || !this.#files.isUnchanged(row)) return null;
      if (!passes(row)) continue;
      if (sessions.length === plan.limit)
        return { sessions, hasMore: true, unreadable: [], unreadableCount: 0 };
      sessions.push(row.summary);
    }
  }

  async #orderFrom(look: Look, plan: ListPlan, begin: ListPosition): Promise<RowOrder> {
    const known = this.#order;
    if (known?.isFor(plan) && comparePositions(plan, known.begin, begin) <= 0) return known;
    const order = await RowOrder.behind(plan, begin, look.listing.rows);
    if (this.#look === look) this.#order = order;
    return order;
  }

  #keep(look: Look): void {
    this.forget();
    this.#look = look;
  }

  /** At the next call, and not by a timer: the rows stay with the index anyway. */
  #forgetOld(): void {
    if (this.#look !== null && performance.now() > this.#look.endsAt) this.forget();
  }

  #folderStats(): fs.Stats | undefined {
    return fs.statSync(this.#folder.path, IF_THERE);
  }

  #dropTouches(before: number): void {
    for (const [fileName, { at }] of this.#touched) if (at < before) this.#touched.delete(fileName);
  }

  /** Whether a session that this store wrote to stands behind a position: it may have moved there, whatever clock the store goes by. */
  async #isTouchedBehind({ value }: ListPosition): Promise<boolean> {
    const slice = new TimeSlice();
    for (const [fileName, touch] of this.#touched) {
      if (slice.isOver) await slice.pause();
      if (touch.updatedAt === undefined) touch.updatedAt = await this.#files.updatedAt(fileName);
      if (touch.updatedAt !== null && touch.updatedAt <= value) return true;
    }
    return false;
  }
}

/**
 * Whether only a session that is on a page itself, or one that was written to before the first page's look, can be on it otherwise than in
 * the look.
 */
function isSteady(
  { orderBy, direction, pinnedFirst }: ListPlan,
  after: ListPosition,
  lookedAt: string,
): boolean {
  if (pinnedFirst) return false;
  if (orderBy === "updatedAt") return direction === "desc" && after.value < lookedAt;
  return orderBy !== "title";
}

async function areUnchanged(files: readonly UnreadableFile[]): Promise<boolean> {
  const slice = new TimeSlice();
  for (const { path, stamp } of files) {
    if (slice.isOver) await slice.pause();
    if (stamp === null || changeStamp(fs.lstatSync(path, IF_THERE)) !== stamp) return false;
  }
  return true;
}
