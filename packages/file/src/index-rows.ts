import { crc32 } from "node:zlib";
import type { Metadata, ParentLink, SessionSummary, Usage } from "@agent-sessions/core";
import { isDirectName } from "./file-names.js";
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
/** The mark, ten digits and a bracket. */
const MAX_CHECK_LENGTH = 15;
const QUOTE = 0x22;
/** `2026-11-21T00:00:00.000Z` */
const TIME_LENGTH = 24;
/** A time, an inode and a size, each with its comma, never come to more. */
const MAX_STAMP_LENGTH = 72;

/** A row's line: `[file name, updatedAt, mtime in ms, inode, size, summary]`. */
export function encodeRow({ fileName, stamp, summary }: IndexRow): Buffer {
  const { mtimeMs, ino, size } = stamp;
  const stamped = `"${summary.updatedAt}",${mtimeMs},${ino},${size}`;
  return Buffer.from(`["${fileName}",${stamped},${JSON.stringify(summary)}]\n`);
}

/**
 * A block: a mark, rows as lines of JSON, and a line with their checksum. Rows that were torn off or tampered with are not believed, and
 * a torn block does not spoil the one behind it.
 */
export function encodeBlock(lines: readonly Buffer[]): Buffer {
  const body = Buffer.concat(lines);
  return Buffer.concat([Buffer.from(BLOCK_START), body, Buffer.from(`${CHECK_MARK}${crc32(body)}]\n`)]);
}

/** What a line is; whether a check is right about the bytes from `blockStart` to it. */
export function classifyLine(
  bytes: Buffer,
  blockStart: number,
  start: number,
  end: number,
): "row" | "block start" | "right check" | "wrong check" {
  if (end - start > MAX_CHECK_LENGTH) return "row";
  const text = bytes.toString("latin1", start, end);
  if (text === BLOCK_START.trimEnd()) return "block start";
  if (!text.startsWith(CHECK_MARK)) return "row";
  return text === `${CHECK_MARK}${crc32(bytes.subarray(blockStart, start))}]` ? "right check" : "wrong check";
}

/**
 * A row as it lies in the index. Ten thousand of them are compared with their files and sorted by time without parsing one: each part
 * is read from the line when it is asked for.
 */
export class IndexedRow implements SessionSummary {
  readonly fileName: string;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #nameEnd: number;
  #parsed: SessionSummary | null = null;

  private constructor(bytes: Buffer, start: number, end: number, nameEnd: number) {
    this.fileName = bytes.toString("latin1", start + 2, nameEnd);
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#nameEnd = nameEnd;
  }

  /** @param end of the line, without its break. Null when it is no row; what is in one has been vouched for. */
  static at(bytes: Buffer, start: number, end: number): IndexedRow | null {
    const nameEnd = bytes.indexOf(QUOTE, start + 2);
    return nameEnd > start + 2 && nameEnd < end ? new IndexedRow(bytes, start, end, nameEnd) : null;
  }

  /** Its line, with the break. */
  get line(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end + 1);
  }

  /** Whether the file that bears a stamp is the one that the row was made of. */
  describes(stamp: FileStamp): boolean {
    const from = this.#nameEnd + TIME_LENGTH + 5;
    const [mtimeMs, ino, size] = this.#bytes
      .toString("latin1", from, Math.min(this.#end, from + MAX_STAMP_LENGTH))
      .split(",", 3);
    return Number(size) === stamp.size && Number(mtimeMs) === stamp.mtimeMs && Number(ino) === stamp.ino;
  }

  get id(): string {
    const name = this.fileName.slice(0, this.fileName.lastIndexOf("."));
    return isDirectName(name) ? name : this.#all.id;
  }

  get updatedAt(): string {
    return this.#bytes.toString("latin1", this.#nameEnd + 3, this.#nameEnd + 3 + TIME_LENGTH);
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

  get #all(): SessionSummary {
    this.#parsed ??= JSON.parse(
      this.#bytes.toString("utf8", this.#bytes.indexOf("{", this.#nameEnd), this.#end - 1),
    ) as SessionSummary;
    return this.#parsed;
  }
}
