import type { Metadata, ParentLink, SessionSummary, Usage } from "@agent-sessions/core";
import { toSummary } from "@agent-sessions/core/backend";
import { isDirectName } from "./file-names.js";
import { indexCheck } from "./index-check.js";
import type { FileStamp } from "./open-file.js";

/** What the index is told of a session file: true as long as the file bears this stamp. */
export interface IndexRow {
  readonly fileName: string;
  readonly stamp: FileStamp;
  /** Of the caller's own; written as it is. */
  readonly summary: SessionSummary;
}

/** Begins a block of rows. */
const BLOCK_START = "[]\n";
/** Begins the line that ends a block and vouches for it. No row begins so: a file name is never empty. */
const CHECK_MARK = '["",';
/** `2026-11-21T00:00:00.000Z` */
const TIME_LENGTH = 24;

/** A row's line: `[file name, updatedAt, mtime in ms, inode, size, ctime in ms behind mtime, summary]`. */
function encodeRow({ fileName, stamp, summary }: IndexRow): Buffer {
  const stamped = `"${summary.updatedAt}",${stampText(stamp)}`;
  return Buffer.from(`["${fileName}",${stamped}${JSON.stringify(summary)}]\n`);
}

/**
 * A block: a mark, rows as lines of JSON, and a line with their checksum. Rows that were torn off or tampered with are not believed, and
 * a torn block does not spoil the one behind it.
 */
export function encodeBlock(lines: readonly Buffer[]): Buffer {
  const body = Buffer.concat(lines);
  return Buffer.concat([Buffer.from(BLOCK_START), body, Buffer.from(`${CHECK_MARK}${indexCheck(body)}]\n`)]);
}

/** Rows that a check vouches for, or does not. */
export interface IndexBlock {
  /** Of its first row. */
  readonly start: number;
  /** Of the check, where the rows end. */
  readonly checkAt: number;
  /** Behind the check. */
  readonly end: number;
  readonly isRight: boolean;
}

/**
 * The block that ends first behind `from`; null when none does.
 *
 * @param text the same as `bytes`, a character a byte
 */
export function nextBlock(text: string, bytes: Buffer, from: number): IndexBlock | null {
  const checkAt = text.indexOf(`\n${CHECK_MARK}`, from) + 1;
  const end = checkAt === 0 ? 0 : text.indexOf("\n", checkAt) + 1;
  if (end === 0) return null;
  const check = text.slice(checkAt, end);
  const isRightFrom = (start: number): boolean =>
    start <= checkAt && check === `${CHECK_MARK}${indexCheck(bytes.subarray(start, checkAt))}]\n`;
  const start = text.indexOf(BLOCK_START, from) + BLOCK_START.length;
  if (isRightFrom(start)) return { start, checkAt, end, isRight: true };
  // Torn blocks may lie before it.
  const lastStart = text.lastIndexOf(BLOCK_START, checkAt) + BLOCK_START.length;
  return { start: lastStart, checkAt, end, isRight: lastStart > from && isRightFrom(lastStart) };
}

/**
 * A row as it lies in the index. Ten thousand of them are compared with their files and sorted by time without parsing one: each part
 * is read from the line when it is asked for.
 *
 * The line is kept as text in which each character is one byte of the index: made at once for many rows, and cut without copying.
 */
export class IndexedRow implements SessionSummary {
  readonly fileName: string;
  readonly #bytes: string;
  readonly #start: number;
  readonly #end: number;
  #parsed: SessionSummary | null = null;

  private constructor(bytes: string, start: number, end: number, nameEnd: number) {
    this.fileName = bytes.slice(start + 2, nameEnd);
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** @param end of the line, without its break. Null when it is no row; what is in one has been vouched for. */
  static at(bytes: string, start: number, end: number): IndexedRow | null {
    const nameEnd = bytes.indexOf('"', start + 2);
    return nameEnd > start + 2 && nameEnd < end ? new IndexedRow(bytes, start, end, nameEnd) : null;
  }

  /** As it will lie in the index. */
  static of(row: IndexRow): IndexedRow {
    const line = encodeRow(row).toString("latin1");
    return new IndexedRow(line, 0, line.length - 1, row.fileName.length + 2);
  }

  /** Its line, with the break. */
  get line(): Buffer {
    return Buffer.from(this.#bytes.slice(this.#start, this.#end + 1), "latin1");
  }

  /** Whether the file that bears a stamp is the one that the row was made of. */
  describes(stamp: FileStamp): boolean {
    return this.#bytes.startsWith(stampText(stamp), this.#timeStart + TIME_LENGTH + 2);
  }

  get id(): string {
    const name = this.fileName.slice(0, this.fileName.lastIndexOf("."));
    return isDirectName(name) ? name : this.#all.id;
  }

  /** As the caller's own: it keeps nothing of the index in memory, and is not kept itself. */
  get summary(): SessionSummary {
    return toSummary(this.#parsed ?? this.#parse());
  }

  get updatedAt(): string {
    return this.#bytes.slice(this.#timeStart, this.#timeStart + TIME_LENGTH);
  }

  get namespace(): string {
    return this.#all.namespace;
  }

  get title(): string {
    return this.#all.title;
  }

  get preview(): string {
    return this.#all.preview;
  }

  get labels(): readonly string[] {
    return this.#all.labels;
  }

  get metadata(): Metadata {
    return this.#all.metadata;
  }

  get pinned(): boolean {
    return this.#all.pinned;
  }

  get archived(): boolean {
    return this.#all.archived;
  }

  get parent(): ParentLink | null {
    return this.#all.parent;
  }

  get usage(): Usage {
    return this.#all.usage;
  }

  get messageCount(): number {
    return this.#all.messageCount;
  }

  get revision(): number {
    return this.#all.revision;
  }

  get createdAt(): string {
    return this.#all.createdAt;
  }

  /** Behind `["<file name>","`. */
  get #timeStart(): number {
    return this.#start + this.fileName.length + 5;
  }

  get #all(): SessionSummary {
    this.#parsed ??= this.#parse();
    return this.#parsed;
  }

  #parse(): SessionSummary {
    const bytes = this.#bytes.slice(this.#bytes.indexOf("{", this.#timeStart), this.#end - 1);
    return JSON.parse(Buffer.from(bytes, "latin1").toString("utf8")) as SessionSummary;
  }
}

/**
 * A stamp as it stands in a row: a number has one shortest text, so equal texts are equal numbers. The second time is written as whole
 * milliseconds behind the first: that is done ten times as fast, and no row is made of a file that changed less than 25 ms ago.
 */
function stampText({ mtimeMs, ctimeMs, ino, size }: FileStamp): string {
  return `${mtimeMs},${ino},${size},${Math.round(ctimeMs - mtimeMs)},`;
}
