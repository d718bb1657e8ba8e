import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { StoreIoError } from "@agent-sessions/core";
import type { SqlDatabase } from "./sql-database.js";
import { isBusy } from "./sqlite-error.js";

/** How long a handle waits for others that still use the file which was replaced, in milliseconds: those that are at work leave it soon. */
const MAX_WAIT_MS = 1000;

/** Those of this process whose file is open with a WAL: who opens the path meanwhile can know whose WAL it is. */
const withWal = new Set<LeftBehind>();

/**
 * What a file that is no longer at its path left there. A WAL, or a journal, does not say which database it belongs to: SQLite takes
 * the one that it finds for that of the file which it opens, and would write pages of the old file into the new one. So it is known by
 * its inode, from the time when its own file was at the path.
 */
export class LeftBehind {
  readonly #path: string;
  /** The file that is open, and its WAL. */
  #file: Stats | undefined;
  #wal: Stats | undefined;
  /** Set when that file was left and its WAL had to stay: open, so that no other file can get the same inode. */
  #kept: number | null = null;
  /** Set when a file without WAL was left: another program may have been writing to it. */
  #mayHaveJournal = false;
  /** When others were first found to use the file that was replaced, as `performance.now()` counts. */
  #waitingSince: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** To be called while the file at the path is the one that is open. */
  recognise(file: Stats | undefined): void {
    if (this.#wal !== undefined) return;
    this.#file = file;
    this.#wal = lookAt(`${this.#path}-wal`);
    if (this.#wal !== undefined) withWal.add(this);
  }

  /** To be called when the connection is closed: the next one may have another WAL. */
  closed(): void {
    this.#wal = undefined;
    this.#waitingSince = null;
    withWal.delete(this);
  }

  /**
   * To be called before the connection is closed whose file is no longer at the path. The only connection that is left puts the WAL into
   * its own file, wherever that is by now, and removes it; where others have the file open too, it stays.
   *
   * @param mayWait whether to throw the driver's SQLITE_BUSY for a while, so that it is tried again
   */
  leave(database: SqlDatabase, mayWait: boolean): void {
    this.#mayHaveJournal = this.#wal === undefined;
    if (this.#isAtPath(this.#wal)) {
      try {
        database.pragma("journal_mode = DELETE");
      } catch (error) {
        // Any other comes after the WAL is gone: a file that has lost its name gets no journal, which a change of the mode needs.
        if (mayWait && isBusy(error) && !this.#isOverdue()) throw error;
      }
      if (this.#isAtPath(this.#wal)) this.#keep(`${this.#path}-wal`);
    }
  }

  /**
   * To be called before a connection is opened.
   *
   * @throws {StoreIoError} STORE_IO when SQLite would read into the file at the path what belongs to the one that was there before
   */
  assertNone(): void {
    // SQLite itself removes what it finds beside an empty file.
    const file = lookAt(this.#path);
    if (file !== undefined && file.size > 0) {
      const wal = lookAt(`${this.#path}-wal`);
      if (this.#isKept(wal) || isOfAnother(wal, file)) throw this.#refusal(["-wal", "-shm"]);
      if (this.#mayHaveJournal && isHot(`${this.#path}-journal`)) throw this.#refusal(["-journal"]);
    }
    this.forget();
  }

  forget(): void {
    if (this.#kept !== null) closeSync(this.#kept);
    this.#kept = null;
    this.#mayHaveJournal = false;
  }

  /** Whether that is the WAL of a file that is open, and the file at the path is another. */
  owns(wal: Stats, file: Stats): boolean {
    return isSame(wal, this.#wal) && !isSame(file, this.#file);
  }

  #isKept(wal: Stats | undefined): boolean {
    if (this.#kept === null) return false;
    const isHalfRemoved = wal === undefined && lookAt(`${this.#path}-shm`) !== undefined;
    return isHalfRemoved || isSame(wal, fstatSync(this.#kept));
  }

  #isAtPath(file: Stats | undefined): file is Stats {
    return file !== undefined && isSame(lookAt(`${this.#path}-wal`), file);
  }

  #keep(wal: string): void {
    this.forget();
    this.#kept = openSync(wal, "r");
  }

  #isOverdue(): boolean {
    this.#waitingSince ??= performance.now();
    return performance.now() - this.#waitingSince >= MAX_WAIT_MS;
  }

  #refusal(sides: readonly string[]): StoreIoError {
    const left = sides.map((side) => this.#path + side).join(" and ");
    return new StoreIoError(
      `${this.#path} was replaced while it was open, and what belongs to the file that was there before is still beside it: SQLite would write its pages into the new one. End every program that uses the store, then remove ${left} (or, to keep the file that was there before, move them to it), and try again.`,
      { location: this.#path },
    );
  }
}

/** Whether somebody in this process has another file open that the WAL belongs to. */
function isOfAnother(wal: Stats | undefined, file: Stats): boolean {
  return wal !== undefined && [...withWal].some((other) => other.owns(wal, file));
}

/** Whether two looks saw one and the same file. */
export function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

function lookAt(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Whether SQLite would undo by this journal what it finds in the database: one whose first byte is 0 counts for nothing. */
function isHot(journal: string): boolean {
  let fd: number;
  try {
    fd = openSync(journal, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  try {
    const first = Buffer.alloc(1);
    return readSync(fd, first) === 1 && first[0] !== 0;
  } finally {
    closeSync(fd);
  }
}
