import { createReadStream } from "node:fs";
import { MalformedFileError } from "./malformed-file-error.js";

/** The longest line that is read, in bytes; a JavaScript string ends at about twice that. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const LINE_FEED = 10;

/** One line of a file, without its end. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Null when it is not UTF-8, or longer than 256 MiB. */
  readonly text: string | null;
  /** Where the next one begins, in bytes from the beginning of the file. */
  readonly endOffset: number;
}

/** Which part of a file is read; all in bytes from its beginning. */
export interface LineRange {
  /** Where the first line begins. @default 0 */
  readonly start?: number;
  /** What stands behind it is not read: a file that somebody appends to ends there. @default the file's end */
  readonly end?: number;
  /** The number of the first line. @default 1 */
  readonly firstNumber?: number;
}

/**
 * The lines of a file, in memory bounded by the longest of them. Only `\n` ends a line: other separators, such as U+2028, occur inside
 * records. A byte order mark at the beginning is passed over.
 */
export async function* readLines(
  filePath: string,
  { start: begin = 0, end: limit = Number.POSITIVE_INFINITY, firstNumber = 1 }: LineRange = {},
): AsyncGenerator<Line> {
  // Pieces of the line that has not ended yet; joined once, so that one very long line costs no more than many short ones.
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let number = firstNumber;
  let endOffset = begin;
  const keep = (piece: Uint8Array): void => {
    pendingBytes += piece.length;
    endOffset += piece.length;
    if (pendingBytes <= MAX_LINE_BYTES) pending.push(piece);
    else pending = [];
  };
  const take = (): Line => {
    const text = pendingBytes <= MAX_LINE_BYTES ? decode(pending) : null;
    pending = [];
    pendingBytes = 0;
    return { number: number++, text, endOffset };
  };
  const stream = createReadStream(filePath, { start: begin, end: limit - 1 });
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      endOffset++;
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (pendingBytes > 0) yield take();
}

/** The text of a line. @throws {MalformedFileError} when it has none */
export function textOf(line: Line): string {
  if (line.text !== null) return line.text;
  throw new MalformedFileError("is not UTF-8 text, or longer than 256 MiB", { line: line.number });
}

function decode(pieces: readonly Uint8Array[]): string | null {
  const [only] = pieces;
  try {
    // The decoder strips a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(
      pieces.length === 1 ? only : Buffer.concat(pieces),
    );
  } catch {
    return null;
  }
}
