import fs from "node:fs";
import { TimeSlice } from "@agent-sessions/core/backend";
import { encodeBlock, IndexedRow, nextBlock } from "./index-rows.js";
import type { TryLock } from "./kernel-lock.js";
import { OpenFile } from "./open-file.js";
import { openPrivateFileForAppend, removeEmptyFolders } from "./private-files.js";
import type { NamespaceFolder } from "./session-place.js";
import { StagedFile } from "./staged-file.js";

const ROWS_PER_CHECK = 64;
/** So much is read at once, in bytes; a piece is looked through within a few milliseconds. */
const PIECE_BYTES = 1024 * 1024;
/** The index is written anew when it holds more than twice the rows that are live, and some more. */
const SLACK_ROWS = 256;

/**
 * The summaries of a folder's sessions, so that a list need not open every file. A cache and nothing else: it is never synced, needs no
 * lock, may be deleted at any time, and no failure to read or write it is anybody's failure.
 *
 * It is added to only; a later row for a file replaces an earlier one.
 */
export class SessionIndex {
  readonly #folder: NamespaceFolder;
  readonly #path: string;
  readonly #tryLock: () => Promise<TryLock | null>;
  /** Never emptied: who has been given it may be comparing still. */
  #rows = new Map<string, IndexedRow>();
  /** The file that was read, and how far. */
  #ino: number | null = null;
  #readTo = 0;
  #rowsRead = 0;
  /** Calls take turns: two that read at once what was added would both count it as read. */
  #lastTurn: Promise<unknown> = Promise.resolve();

  /** @param tryLock the kernel's lock, with which a new index is staged */
  constructor(folder: NamespaceFolder, tryLock: () => Promise<TryLock | null>) {
    this.#folder = folder;
    this.#path = folder.indexPath;
    this.#tryLock = tryLock;
  }

  /** What is known now; reads only what was added since the last time. */
  async rows(): Promise<ReadonlyMap<string, IndexedRow>> {
    return await this.#inTurn(async () => await this.#read());
  }

  async #read(): Promise<ReadonlyMap<string, IndexedRow>> {
    let file: OpenFile | null = null;
    try {
      file = OpenFile.open(this.#path, "read");
      if (file === null) this.#forget(null);
      else await this.#readNews(file);
    } catch {
      // Something else is in its place, or it cannot be read: then nothing is known, and everything is read from the sessions.
      this.#forget(null);
    } finally {
      file?.close();
    }
    return this.#rows;
  }

  /** Adds rows at the end of the file, each block in one write, so that those of several writers stay whole. Makes no folder. */
  async add(rows: readonly IndexedRow[]): Promise<void> {
    if (rows.length > 0) await this.#inTurn(async () => await this.#append(rows));
  }

  async #append(rows: readonly IndexedRow[]): Promise<void> {
    try {
      const fd = openPrivateFileForAppend(this.#path);
      try {
        const slice = new TimeSlice();
        for (let start = 0; start < rows.length; start += ROWS_PER_CHECK) {
          const block = encodeBlock(rows.slice(start, start + ROWS_PER_CHECK).map(({ line }) => line));
          // What is there may end with a torn line: a line break of our own keeps it apart.
          fs.writeSync(fd, Buffer.concat([Buffer.from("\n"), block]));
          if (slice.isOver) await slice.pause();
        }
      } finally {
        fs.closeSync(fd);
      }
    } catch {
      // Read-only media, a full disk, a folder that is gone: the sessions themselves hold everything.
    }
  }

  /** Whether most of the index is out of date, when so many rows are live. */
  isMostlyGarbage(liveRows: number): boolean {
    return this.#rowsRead > 2 * liveRows + SLACK_ROWS;
  }

  /** Writes the index anew, with `live` rows alone. */
  async compact(live: readonly IndexedRow[]): Promise<void> {
    await this.#inTurn(async () => {
      // Only where there is one: a folder that was removed meanwhile is not made again for it.
      if (fs.existsSync(this.#path)) await this.#writeAnew(live);
    });
  }

  /** Leaves nothing of deleted sessions in the index: titles and previews are what people wrote. */
  async drop(fileNames: ReadonlySet<string>): Promise<void> {
    await this.#inTurn(async () => {
      const rows = await this.#read();
      const live = [...rows.values()].filter(({ fileName }) => !fileNames.has(fileName));
      if (live.length === rows.size) return;
      if (live.length === 0) this.#remove();
      else await this.#writeAnew(live);
    });
  }

  /** Removes the index, so that the next list makes it again. False when something else is in its place. */
  async remove(): Promise<boolean> {
    return await this.#inTurn(async () => this.#remove());
  }

  #remove(): boolean {
    this.#forget(null);
    try {
      fs.rmSync(this.#path, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return await turn;
  }

  #forget(ino: number | null): void {
    this.#rows = new Map();
    this.#ino = ino;
    this.#readTo = 0;
    this.#rowsRead = 0;
  }

  /** Staged like every other whole file, so that what a killed writer leaves is swept like the rest. */
  async #writeAnew(rows: readonly IndexedRow[]): Promise<void> {
    try {
      const file = StagedFile.create(this.#folder, await this.#tryLock(), false);
      try {
        const slice = new TimeSlice();
        for (let start = 0; start < rows.length; start += ROWS_PER_CHECK) {
          const some = rows.slice(start, start + ROWS_PER_CHECK);
          file.write(encodeBlock(some.map(({ line }) => line)));
          if (slice.isOver) await slice.pause();
        }
        await file.publish(this.#path, "replace", []);
      } finally {
        file.discard();
        removeEmptyFolders([this.#folder.stagingPath]);
      }
    } catch {
      // As with `add`.
    }
    this.#forget(null);
  }

  async #readNews(file: OpenFile): Promise<void> {
    const { ino, size } = file.stamp();
    if (ino !== this.#ino || size < this.#readTo) this.#forget(ino);
    const slice = new TimeSlice();
    for (let length = PIECE_BYTES; this.#readTo < size; ) {
      const end = Math.min(size, this.#readTo + length);
      const bytes = await file.read(this.#readTo, end);
      const taken = this.#takeBlocks(bytes);
      this.#readTo += taken;
      // A block without its end may still be growing, or is longer than the piece.
      if (taken === 0 && end === size) return;
      length = taken === 0 ? 2 * length : PIECE_BYTES;
      if (slice.isOver) await slice.pause();
    }
  }

  /** Takes the rows of the whole blocks in a piece; returns where the last of them ends. */
  #takeBlocks(bytes: Buffer): number {
    const text = bytes.toString("latin1");
    for (let from = 0; ; ) {
      const block = nextBlock(text, bytes, from);
      if (block === null) return from;
      if (block.isRight) this.#takeRows(text, block.start, block.checkAt);
      from = block.end;
    }
  }

  #takeRows(text: string, from: number, to: number): void {
    for (let start = from, end = 0; start < to; start = end + 1) {
      end = text.indexOf("\n", start);
      const row = IndexedRow.at(text, start, end);
      if (row === null) continue;
      this.#rows.set(row.fileName, row);
      this.#rowsRead++;
    }
  }
}
