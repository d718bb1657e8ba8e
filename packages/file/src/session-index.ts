import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { TimeSlice } from "@agent-sessions/core/backend";
import { classifyLine, encodeBlock, encodeRow, IndexedRow, type IndexRow } from "./index-rows.js";
import { OpenFile } from "./open-file.js";
import { createPrivateFile, openPrivateFileForAppend, writeAllSync } from "./private-files.js";

const ROWS_PER_CHECK = 64;
const NEWLINE = 0x0a;
/** The index is written anew when it holds more than twice the rows that are live, and some more. */
const SLACK_ROWS = 256;

/**
 * The summaries of a folder's sessions, so that a list need not open every file. A cache and nothing else: it is never synced, needs no
 * lock, may be deleted at any time, and no failure to read or write it is anybody's failure.
 *
 * It is added to only; a later row for a file replaces an earlier one.
 */
export class SessionIndex {
  readonly #path: string;
  readonly #rows = new Map<string, IndexedRow>();
  /** The file that was read, and how far. */
  #ino: number | null = null;
  #readTo = 0;
  #rowsRead = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What is known now; reads only what was added since the last time. */
  async rows(): Promise<ReadonlyMap<string, IndexedRow>> {
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
  async add(rows: readonly IndexRow[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      const fd = openPrivateFileForAppend(this.#path);
      try {
        const slice = new TimeSlice();
        for (let start = 0; start < rows.length; start += ROWS_PER_CHECK) {
          const block = encodeBlock(rows.slice(start, start + ROWS_PER_CHECK).map(encodeRow));
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

  /** Writes the index anew, with `live` rows alone, when most of it is out of date. */
  async compact(live: readonly (IndexedRow | IndexRow)[]): Promise<void> {
    if (this.#rowsRead > 2 * live.length + SLACK_ROWS) await this.#writeAnew(live);
  }

  /** Leaves nothing of deleted sessions in the index: titles and previews are what people wrote. */
  async drop(fileNames: readonly string[]): Promise<void> {
    const rows = fileNames.length === 0 ? null : await this.rows();
    if (rows === null || !fileNames.some((name) => rows.has(name))) return;
    const dropped = new Set(fileNames);
    await this.#writeAnew([...rows.values()].filter(({ fileName }) => !dropped.has(fileName)));
  }

  /** Removes the index, so that the next list makes it again. False when something else is in its place. */
  remove(): boolean {
    this.#forget(null);
    try {
      fs.rmSync(this.#path, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  #forget(ino: number | null): void {
    this.#rows.clear();
    this.#ino = ino;
    this.#readTo = 0;
    this.#rowsRead = 0;
  }

  async #writeAnew(rows: readonly (IndexedRow | IndexRow)[]): Promise<void> {
    const path = join(dirname(this.#path), `.tmp-${randomUUID()}`);
    try {
      const fd = createPrivateFile(path);
      try {
        const slice = new TimeSlice();
        for (let start = 0, position = 0; start < rows.length; start += ROWS_PER_CHECK) {
          const some = rows.slice(start, start + ROWS_PER_CHECK);
          const bytes = encodeBlock(
            some.map((row) => (row instanceof IndexedRow ? row.line : encodeRow(row))),
          );
          writeAllSync(fd, bytes, position);
          position += bytes.length;
          if (slice.isOver) await slice.pause();
        }
        fs.renameSync(path, this.#path);
      } catch (error) {
        fs.unlinkSync(path);
        throw error;
      } finally {
        fs.closeSync(fd);
      }
    } catch {
      // As with `add`.
    }
    this.#forget(null);
  }

  async #readNews(file: OpenFile): Promise<void> {
    const { ino, size } = file.stamp();
    if (ino !== this.#ino || size < this.#readTo) this.#forget(ino);
    if (size === this.#readTo) return;
    const slice = new TimeSlice();
    const base = this.#readTo;
    const bytes = await file.read(base, size);
    /** Rows that nothing vouches for yet. */
    let pending: { start: number; end: number }[] = [];
    let blockStart = 0;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      // A line without end may still be growing, and so may the rows before it.
      if (end === -1) break;
      const line = classifyLine(bytes, blockStart, start, end);
      if (line === "row") pending.push({ start, end });
      else {
        if (line === "right check") for (const row of pending) this.#take(bytes, row.start, row.end);
        pending = [];
        blockStart = end + 1;
        this.#readTo = base + blockStart;
      }
      start = end + 1;
      if (slice.isOver) await slice.pause();
    }
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const row = IndexedRow.at(bytes, start, end);
    if (row === null) return;
    this.#rows.set(row.fileName, row);
    this.#rowsRead++;
  }
}
