import { isUtf8 } from "node:buffer";
import type { JsonValue } from "@agent-sessions/core";
import { SessionConflictError } from "@agent-sessions/core";
import { decodeAt, type LogSource, recordTooLarge } from "./log-source.js";
import { levelTooDeep } from "./record-depth.js";

/** Records that follow one another, in one piece of memory. */
export interface LogChunk {
  /** Good until the next piece is asked for, which lies in the same memory. */
  readonly bytes: Buffer;
  /** Where `bytes` lies in the file. */
  readonly base: number;
  /** Where the records end within `bytes`: the first begins at 0, each other one where the one before it ends. */
  readonly ends: readonly number[];
  /** False for the last piece of a file when nothing closes it. */
  readonly isClosed: boolean;
}

/**
 * The records from one offset to another, piece by piece, each piece about as long as the codec likes, or one long record alone. All of
 * them in the same memory: a new buffer for each would wait for the garbage collector, which does not hurry for them.
 */
export async function* readChunks(
  source: LogSource,
  from: number,
  to: number,
): AsyncGenerator<LogChunk, void, undefined> {
  const { codec, file } = source;
  let buffer: Buffer = Buffer.allocUnsafe(Math.max(0, Math.min(to - from, codec.batchBytes)));
  /** So many bytes from `base` on are in the buffer. */
  let held = 0;
  let length = codec.batchBytes;
  for (let base = from; base < to; ) {
    const wanted = Math.min(to - base, length);
    if (buffer.length < wanted) buffer = withRoom(buffer.subarray(0, held), wanted);
    if (held < wanted) {
      held += await file.fill(buffer.subarray(held, wanted), base + held);
      if (held < wanted) throw shrunk(source);
    }
    const bytes = buffer.subarray(0, held);
    const ends = endsIn(source, bytes);
    const last = ends.at(-1);
    if (last !== undefined) {
      yield* piecesOf(source, bytes, base, ends);
      buffer.copyWithin(0, last, held);
      held -= last;
      base += last;
      length = codec.batchBytes;
    } else if (wanted === to - base) {
      yield { bytes, base, ends: [wanted], isClosed: false };
      return;
    } else {
      if (length >= source.maxRecordBytes) throw recordTooLarge(source, base);
      length *= 2;
    }
  }
}

/** Where the records in these bytes end. */
function endsIn({ codec }: LogSource, bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let next = codec.findEnd(bytes, 0); next !== -1; next = codec.findEnd(bytes, next)) ends.push(next);
  return ends;
}

/** Records that were read at once, long ones alone: what is parsed and not yet handed out is then never much more than one of them. */
function* piecesOf(
  { codec }: LogSource,
  bytes: Buffer,
  base: number,
  ends: readonly number[],
): Generator<LogChunk, void, undefined> {
  let start = 0;
  let first = 0;
  let end = 0;
  // By their numbers, for there may be ten thousand of them.
  for (let index = 0; index < ends.length; index++) {
    const before = end;
    end = ends[index] ?? before;
    const next = ends[index + 1] ?? Number.POSITIVE_INFINITY;
    const longer = Math.max(end - before, next - end);
    if (longer <= LONG_RECORD_BYTES && next - start <= codec.batchBytes) continue;
    const own = ends.slice(first, index + 1).map((recordEnd) => recordEnd - start);
    yield { bytes: bytes.subarray(start, end), base: base + start, ends: own, isClosed: true };
    start = end;
    first = index + 1;
  }
}

/** The same bytes at the beginning of a longer buffer. */
function withRoom(bytes: Buffer, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  bytes.copy(buffer);
  return buffer;
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
  // One by one, the record that is too large or has bytes that are not UTF-8 is found and named; and one alone is read where it lies.
  const canBeDecodedAtOnce =
    others.length > 1 && isUtf8(bytes.subarray(0, ends.at(-1))) && !isAnyTooLarge(source, start, others);
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
/**
 * V8 does not copy a text of more than 128 kB: the first collection that finds it in use moves it to the old generation, which is
 * collected only when it is several times as large as it was.
 */
const LONG_RECORD_BYTES = 64 * 1024;

function shrunk(source: LogSource): Error {
  return new SessionConflictError(source.sessionId, null, null, {
    location: source.file.path,
    message: `The file of session ${JSON.stringify(source.sessionId)} was cut short by another program while it was read. Read it again.`,
  });
}
