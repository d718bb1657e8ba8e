import { isUtf8 } from "node:buffer";
import type { JsonValue } from "@agent-sessions/core";
import { SessionConflictError } from "@agent-sessions/core";
import { decodeAt, type LogSource, recordTooLarge } from "./log-source.js";
import { levelTooDeep } from "./record-depth.js";

/** Records that follow one another, in one piece of memory. */
export interface LogChunk {
  readonly bytes: Buffer;
  /** Where `bytes` lies in the file. */
  readonly base: number;
  /** Where the records end within `bytes`: the first begins at 0, each other one where the one before it ends. */
  readonly ends: readonly number[];
  /** False for the last piece of a file when nothing closes it. */
  readonly isClosed: boolean;
}

/** The records from one offset to another, piece by piece, each piece about as long as the codec likes. */
export async function* readChunks(
  source: LogSource,
  from: number,
  to: number,
): AsyncGenerator<LogChunk, void, undefined> {
  const { codec, file } = source;
  let length = codec.batchBytes;
  for (let base = from; base < to; ) {
    const end = Math.min(to, base + length);
    const bytes = await file.read(base, end);
    if (bytes.length < end - base) throw shrunk(source);
    const ends: number[] = [];
    let last = 0;
    for (let next = codec.findEnd(bytes, 0); next !== -1; next = codec.findEnd(bytes, last)) {
      ends.push(next);
      last = next;
    }
    if (last > 0) {
      yield { bytes, base, ends, isClosed: true };
      base += last;
      length = codec.batchBytes;
    } else if (end === to) {
      yield { bytes, base, ends: [bytes.length], isClosed: false };
      return;
    } else {
      if (length >= source.maxRecordBytes) throw recordTooLarge(source, base);
      length *= 2;
    }
  }
}

/** One record and where it lies. */
export interface LogPiece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly base: number;
}

/** The records before an offset, the last one first. Small synchronous reads: the caller gives the event loop its turns. */
export class BackwardRecords {
  readonly #source: LogSource;
  #bytes: Buffer = Buffer.alloc(0);
  #base: number;
  #end: number;

  constructor(source: LogSource, end: number) {
    this.#source = source;
    this.#base = end;
    this.#end = end;
  }

  /** Null at the beginning of the file. */
  next(): LogPiece | null {
    if (this.#end === 0) return null;
    const { codec } = this.#source;
    for (;;) {
      const end = this.#end - this.#base;
      const found = end === 0 ? -1 : codec.findStart(this.#bytes, end);
      if (found > 0 || (this.#base === 0 && end > 0)) {
        const start = Math.max(0, found);
        this.#end = this.#base + start;
        return { bytes: this.#bytes, start, end, base: this.#base };
      }
      this.#extend(end);
    }
  }

  #extend(have: number): void {
    const { file, maxRecordBytes } = this.#source;
    if (have > maxRecordBytes) throw recordTooLarge(this.#source, this.#base);
    const base = Math.max(0, this.#end - Math.max(BACKWARD_BYTES, have * 2));
    const bytes = file.readSync(base, this.#end);
    if (bytes.length < this.#end - base) throw shrunk(this.#source);
    this.#bytes = bytes;
    this.#base = base;
  }
}

/** The records of a piece, parsed; blank pieces are undefined. */
export function decodeChunk(source: LogSource, chunk: LogChunk): (JsonValue | undefined)[] {
  const { bytes, base, ends } = chunk;
  const values: (JsonValue | undefined)[] = [];
  let start = 0;
  const decodeNext = (end: number): void => {
    values.push(decodeAt(source, bytes, start, end, base));
    start = end;
  };
  // The header is a record of its own kind, and often the only one that is.
  const first = base === 0 ? 1 : 0;
  ends.slice(0, first).forEach(decodeNext);
  const others = ends.slice(first);
  // One by one, the record that is too large or has bytes that are not UTF-8 is found and named.
  const canBeDecodedAtOnce = isUtf8(bytes.subarray(0, ends.at(-1))) && !isAnyTooLarge(source, start, others);
  const rest = canBeDecodedAtOnce ? source.codec.decodeRecords?.(bytes, start, others) : null;
  if (rest != null && !isAnyTooDeep(source, rest, start, others)) return [...values, ...rest];
  others.forEach(decodeNext);
  return values;
}

function isAnyTooLarge({ maxRecordBytes }: LogSource, from: number, ends: readonly number[]): boolean {
  return ends.some((end, index) => end - (ends[index - 1] ?? from) > maxRecordBytes);
}

function isAnyTooDeep(
  { maxDepth }: LogSource,
  values: readonly JsonValue[],
  from: number,
  ends: readonly number[],
): boolean {
  let start = from;
  return ends.some((end, index) => {
    const length = end - start;
    start = end;
    return levelTooDeep(values[index], maxDepth, length) !== null;
  });
}

const BACKWARD_BYTES = 64 * 1024;

function shrunk(source: LogSource): Error {
  return new SessionConflictError(source.sessionId, null, null, {
    location: source.file.path,
    message: `The file of session ${JSON.stringify(source.sessionId)} was cut short by another program while it was read. Read it again.`,
  });
}
