import { crc32 } from "node:zlib";
import type { Metadata, ParentLink, SessionSummary, Usage } from "@agent-sessions/core";
import { toSummary } from "@agent-sessions/core/backend";
import { isDirectName } from "./file-names.js";
import type { FileStamp } from "./open-file.js";

/** What the index knows of a session file: true as long as the file bears this stamp. */
export interface IndexRow {
  readonly fileName: string;
  readonly stamp: FileStamp;
  readonly summary: SessionSummary;
}

/** Begins a block of rows. */
const BLOCK_START = "[]";
/** Begins the line that ends a block and vouches for it. No row begins so: a file name is never empty. */
const CHECK_MARK = '["",';

/**
 * A block: a mark, rows as lines of JSON, and a line with their checksum. Rows that were torn off or tampered with are not believed, and
 * a torn block does not spoil the one behind it. A row is `[file name, updatedAt, mtime in ms, inode, size, summary]`.
 */
export function encodeRows(rows: readonly IndexRow[]): Buffer {
  const lines = rows.map(({ fileName, stamp, summary }) => {
    const { size, mtimeMs, ino } = stamp;
    return `["${fileName}","${summary.updatedAt}",${mtimeMs},${ino},${size},${JSON.stringify(toSummary(summary))}]\n`;
  });
  const body = Buffer.from(lines.join(""));
  return Buffer.concat([
    Buffer.from(`${BLOCK_START}\n`),
    body,
    Buffer.from(`${CHECK_MARK}${crc32(body)}]\n`),
  ]);
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
  if (text === BLOCK_START) return "block start";
  if (!text.startsWith(CHECK_MARK)) return "row";
  return text === `${CHECK_MARK}${crc32(bytes.subarray(blockStart, start))}]` ? "right check" : "wrong check";
}

/** The mark, ten digits and a bracket. */
const MAX_CHECK_LENGTH = 15;

/** A row whose line has been vouched for. The summary is parsed when something is asked of it that the row itself does not tell. */
export function decodeRow(bytes: Buffer, start: number, end: number): IndexRow | null {
  const text = bytes.toString("latin1", start, Math.min(end, start + MAX_PREFIX));
  const nameEnd = text.indexOf('","', 2);
  const timeEnd = text.indexOf('",', nameEnd + 3);
  const mtimeEnd = text.indexOf(",", timeEnd + 2);
  const inoEnd = text.indexOf(",", mtimeEnd + 1);
  const sizeEnd = text.indexOf(",", inoEnd + 1);
  if (nameEnd < 2 || timeEnd < 0 || mtimeEnd < 0 || inoEnd < 0 || sizeEnd < 0) return null;
  const fileName = text.slice(2, nameEnd);
  return {
    fileName,
    stamp: {
      size: Number(text.slice(inoEnd + 1, sizeEnd)),
      mtimeMs: Number(text.slice(timeEnd + 2, mtimeEnd)),
      ino: Number(text.slice(mtimeEnd + 1, inoEnd)),
    },
    summary: new IndexedSummary(
      fileName,
      text.slice(nameEnd + 3, timeEnd),
      bytes,
      start + sizeEnd + 1,
      end - 1,
    ),
  };
}

/** File name, time and three numbers never come to more. */
const MAX_PREFIX = 256;

/** A summary that lies in the index as text; ten thousand of them are sorted by time without parsing one. */
class IndexedSummary implements SessionSummary {
  readonly updatedAt: string;
  readonly #fileName: string;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  #parsed: SessionSummary | null = null;

  constructor(fileName: string, updatedAt: string, bytes: Buffer, start: number, end: number) {
    this.#fileName = fileName;
    this.updatedAt = updatedAt;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get id(): string {
    const name = this.#fileName.slice(0, this.#fileName.lastIndexOf("."));
    return isDirectName(name) ? name : this.#all.id;
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
    this.#parsed ??= JSON.parse(this.#bytes.toString("utf8", this.#start, this.#end)) as SessionSummary;
    return this.#parsed;
  }
}
