import type { JsonValue } from "@agent-sessions/core";
import type { EntryRange, StoredEntry } from "@agent-sessions/core/backend";
import { TimeSlice } from "@agent-sessions/core/backend";
import { BackwardRecords, decodeChunk, type LogPiece, readChunks } from "./log-chunks.js";
import { type Footer, type PartFooter, readFooter, readSealedFooter } from "./log-footer.js";
import { type LogEntry, readEntry } from "./log-record.js";
import { findSurroundings } from "./log-seek.js";
import { asCorrupted, corrupted, decodeAt, type LogSource } from "./log-source.js";
import { type LogState, parseJson } from "./log-state.js";
import type { RawTextFilter } from "./raw-text-filter.js";
import { isObject, RecordShapeError } from "./record-shape.js";
import type { RecordTable } from "./record-table.js";

/** An entry with its position and all the fields it has in the log. */
export interface PlacedEntry extends StoredEntry {
  readonly fields: LogEntry["fields"];
}

type Batch = readonly PlacedEntry[];

/** A record from which on entries with a higher position than `limit` are history, as far as records before it are concerned. */
interface Cut {
  readonly start: number;
  readonly limit: number;
}

/** The footers of the log do not tell positions: it was edited by hand. */
export class UntrustedLogError extends Error {
  override readonly name = "UntrustedLogError";
}

/** The live entries of a range, in file order, from a log whose footers fit. Reads nothing before the range's first record. */
export async function* readForward(
  source: LogSource,
  state: LogState,
  range: EntryRange,
): AsyncGenerator<Batch, void, undefined> {
  const isWhole = range.first === 1 && state.footer.cuts === 0;
  const from = isWhole ? { start: 0, before: 0, cuts: [] } : await seek(source, state, range.first);
  const cuts = [...from.cuts];
  const slice = new TimeSlice();
  let count = from.before;
  let next = range.first;
  let at = state.header.createdAt;
  for await (const chunk of readChunks(source, from.start, state.end)) {
    const batch: PlacedEntry[] = [];
    const values = decodeChunk(source, chunk);
    let value: JsonValue | undefined;
    let end = chunk.base;
    for (const [index, recordEnd] of chunk.ends.entries()) {
      const offset = end;
      end = chunk.base + recordEnd;
      while ((cuts.at(-1)?.start ?? Number.POSITIVE_INFINITY) <= offset) cuts.pop();
      const limit = Math.min(range.last, cuts.at(-1)?.limit ?? range.last);
      value = values[index];
      if (!isObject(value)) continue;
      if (typeof value["keep"] === "number") count = value["keep"];
      for (const entry of entriesOf(source, offset, value)) {
        at = entry.at ?? at;
        if (++count < next || count > limit) continue;
        batch.push({ seq: count, at, message: entry.message, fields: entry.fields });
        next++;
      }
    }
    value = undefined;
    forget(values);
    if (batch.length > 0) yield batch;
    forget(batch);
    // Only behind the last message all of the log tells whether there are more of them than the footers count.
    if (next > range.last && range.last < state.head.messageCount) return;
    if (slice.isOver) await slice.pause();
  }
  if (next <= range.last || count !== state.head.messageCount) throw countsDiffer(source);
}

/**
 * Empties what was handed out. A generator that waits keeps what its variables held, and several hand a batch on to one another: without
 * this the batch before would stay in memory while the next one is read.
 */
export function forget(batch: unknown[]): void {
  batch.length = 0;
}

/** As `readForward`, the newest first. Reads nothing behind the range but what it needs to find where that ends. */
export async function* readBackward(
  source: LogSource,
  state: LogState,
  range: EntryRange,
): AsyncGenerator<Batch, void, undefined> {
  const slice = new TimeSlice();
  const isFromEnd = range.last === state.head.messageCount;
  const end = isFromEnd ? state.end : (await findSurroundings(source, state, range.last)).end;
  const records = new BackwardRecords(source, end);
  let later: Facts | null = null;
  let limit = range.last;
  let batch: PlacedEntry[] = [];
  let batchBytes = 0;
  for (let record = records.next(); record !== null && limit >= range.first; record = records.next()) {
    const facts = glance(source, record);
    if (facts !== null) {
      assertCutsFit(facts, later);
      later = facts;
    }
    if (facts !== null && facts.messageCount > 0 && (facts.keep === null || facts.keep < limit)) {
      const entries = entriesOf(source, record.base + record.start, decodePiece(source, record));
      for (let index = entries.length - 1; index >= 0 && limit >= range.first; index--) {
        const seq = facts.messageCount - entries.length + 1 + index;
        if (seq > limit) continue;
        if (seq < limit) throw new UntrustedLogError();
        const entry = entries[index];
        if (entry?.at == null) throw new UntrustedLogError();
        batch.push({ seq, at: entry.at, message: entry.message, fields: entry.fields });
        limit--;
      }
      batchBytes += record.end - record.start;
    }
    if (facts !== null && facts.keep !== null) limit = Math.min(limit, facts.keep);
    if (batchBytes >= source.codec.batchBytes) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    if (slice.isOver) await slice.pause();
  }
  if (batch.length > 0) yield batch;
  if (limit >= range.first) throw countsDiffer(source);
}

/**
 * The entries that may match, in file order, from a log without cuts whose footers fit: of the others not even the JSON is read. Returns
 * the position from which on the footers turned out not to tell positions; null when they all did.
 */
export async function* readMatching(
  source: LogSource,
  state: LogState,
  filter: RawTextFilter,
): AsyncGenerator<Batch, number | null, undefined> {
  const slice = new TimeSlice();
  let next = 1;
  for await (const { bytes, base, ends } of readChunks(source, 0, state.end)) {
    const batch: PlacedEntry[] = [];
    let behind = 0;
    for (const end of filter.mayMatch(bytes, 0, ends.at(-1)) ? ends : []) {
      const start = behind;
      behind = end;
      if (slice.isOver) await slice.pause();
      if (!filter.mayMatch(bytes, start, end)) continue;
      const placed = placeByFooter(source, { bytes, start, end, base });
      if (placed === null) {
        if (batch.length > 0) yield batch;
        return next;
      }
      batch.push(...placed);
      next = (placed.at(-1)?.seq ?? next - 1) + 1;
    }
    if (batch.length > 0) yield batch;
    if (slice.isOver) await slice.pause();
  }
  return null;
}

/** The entries of one record, placed by its footer; null when that does not tell. */
function placeByFooter(source: LogSource, record: LogPiece): Batch | null {
  const value = decodePiece(source, record);
  const entries = entriesOf(source, record.base + record.start, value);
  if (entries.length === 0) return [];
  const json = source.codec.footerText(record.bytes, record.start, record.end);
  const footer = json === null ? null : readSealedFooter(json);
  const placed: PlacedEntry[] = [];
  for (const [index, { at, message, fields }] of entries.entries()) {
    if (footer === null || at === null) return null;
    placed.push({ seq: footer.messageCount - entries.length + 1 + index, at, message, fields });
  }
  return placed;
}

/** The entries of a range from a log that was read whole, by the table that came of it. */
export async function* readByTable(
  source: LogSource,
  table: RecordTable,
  range: EntryRange,
  createdAt: string,
): AsyncGenerator<Batch, void, undefined> {
  const slice = new TimeSlice();
  const step = range.order === "asc" ? 1 : -1;
  let index = table.indexOf(range.order === "asc" ? range.first : range.last);
  let batch: PlacedEntry[] = [];
  let batchBytes = 0;
  for (let row = table.rows[index]; row !== undefined; row = table.rows[index]) {
    index += step;
    const { start, end, first, live } = row;
    if (first > range.last || first + live <= range.first) break;
    const bytes = await source.file.read(start, end);
    const entries = entriesOf(source, start, decodeAt(source, bytes, 0, bytes.length, start));
    if (entries.length < live) throw countsDiffer(source);
    // An entry that a person added needs no time: it is as old as the one before it.
    let at = createdAt;
    const placed = entries.slice(0, live).map((entry, index) => {
      at = entry.at ?? at;
      return { seq: first + index, at, message: entry.message, fields: entry.fields };
    });
    const wanted = placed.filter((entry) => entry.seq >= range.first && entry.seq <= range.last);
    batch.push(...(step === 1 ? wanted : wanted.reverse()));
    batchBytes += end - start;
    if (batchBytes >= source.codec.batchBytes) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    if (slice.isOver) await slice.pause();
  }
  if (batch.length > 0) yield batch;
}

interface SeekResult {
  /** Of the record that holds the position. */
  readonly start: number;
  /** How many live entries come before that record. */
  readonly before: number;
  /** The cuts behind it, the last in the file first. */
  readonly cuts: readonly Cut[];
}

/** Finds a record at or before a live position: by halving, or from the end of the log backwards; parses footers only. */
async function seek(source: LogSource, state: LogState, seq: number): Promise<SeekResult> {
  const { before: found } = await findSurroundings(source, state, seq);
  if (found !== null) return { start: found.offset, before: found.count, cuts: [] };
  const slice = new TimeSlice();
  const records = new BackwardRecords(source, state.end);
  const cuts: Cut[] = [];
  /** The record behind the one looked at, whose entries begin where that one's count ends. */
  let later: (Facts & { start: number }) | null = null;
  for (let record = records.next(); record !== null; record = records.next()) {
    const facts = glance(source, record);
    if (facts === null) continue;
    assertCutsFit(facts, later);
    const before: number = later?.keep ?? facts.messageCount;
    if (later !== null && before < seq) return { start: later.start, before, cuts };
    const start = record.base + record.start;
    if (facts.keep !== null)
      cuts.push({ start, limit: Math.min(facts.keep, cuts.at(-1)?.limit ?? facts.keep) });
    later = { start, ...facts };
    if (slice.isOver) await slice.pause();
  }
  return { start: later?.start ?? 0, before: later?.keep ?? 0, cuts };
}

/** What a record does to the count, and what its footer says came of it. */
interface Facts {
  readonly keep: number | null;
  readonly messageCount: number;
  /** How many records have a `keep`, with this one. */
  readonly cuts: number;
}

/**
 * A `keep` that somebody moved behind other fields is not seen at a glance; then the footers' numbers do not fit what was seen.
 *
 * @param later the record behind it
 * @throws {UntrustedLogError}
 */
function assertCutsFit(facts: Facts, later: Facts | null): void {
  if (later !== null && later.cuts - facts.cuts !== (later.keep === null ? 0 : 1))
    throw new UntrustedLogError();
}

/** What can be told of a record without parsing it whole. Null for the header and for blank pieces. */
function glance(source: LogSource, record: LogPiece): Facts | null {
  const { bytes, start, end } = record;
  const { codec } = source;
  const keep = codec.glanceKeep(bytes, start, end);
  const json = keep === undefined ? null : codec.footerText(bytes, start, end);
  const footer = json === null ? null : readFooter(parseJson(json));
  if (keep !== undefined && footer !== null) return factsOf(keep, footer);
  const value = decodePiece(source, record);
  if (value === undefined || (isObject(value) && value["kind"] !== undefined)) return null;
  const slowFooter = isObject(value) ? readFooter(value["footer"]) : null;
  if (!isObject(value) || slowFooter === null) throw new UntrustedLogError();
  return factsOf(typeof value["keep"] === "number" ? value["keep"] : null, slowFooter);
}

function factsOf(keep: number | null, footer: Footer | PartFooter): Facts {
  return { keep, messageCount: footer.messageCount, cuts: "cuts" in footer ? footer.cuts : 0 };
}

function decodePiece(source: LogSource, { bytes, start, end, base }: LogPiece): JsonValue | undefined {
  return decodeAt(source, bytes, start, end, base);
}

function entriesOf(source: LogSource, offset: number, value: JsonValue | undefined): LogEntry[] {
  if (!isObject(value) || value["entries"] === undefined || value["kind"] !== undefined) return [];
  try {
    if (!Array.isArray(value["entries"])) throw new RecordShapeError("entries must be a list");
    return value["entries"].map(readEntry);
  } catch (error) {
    throw asCorrupted(source, offset, error);
  }
}

export function countsDiffer(source: LogSource): Error {
  return corrupted(
    source,
    null,
    "its counters do not fit its messages after an edit that kept the file's size; repair() counts them again",
  );
}
