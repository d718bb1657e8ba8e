import { type Entry, type JsonObject, StoreIoError } from "@agent-sessions/core";
import { findPreview } from "@agent-sessions/core/backend";
import { EntryClock, latest } from "./foreign-time.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newHead, type SnapshotFields, storable, type TimedMessage } from "./new-snapshot.js";
import { problemOf } from "./problem.js";
import { readRecords } from "./read-records.js";
import type { SessionDates } from "./session-dates.js";
import type { ReadItem } from "./session-format.js";
import type { SourceFile } from "./source-file.js";
import { messageOf } from "./system-error.js";

/** What one tool's records mean. One reader passes over one file once. */
export interface RecordReader {
  /** The message that a record is; null for any other record, which the reader keeps as far as it means something. */
  take(record: JsonObject): TimedMessage | null;
  /**
   * The session, once all records were taken.
   * @throws {MalformedFileError} when they make none
   */
  fields(): SnapshotFields & SessionDates;
}

/** So many bad lines of a file are told one by one. */
const MAX_FAULTS = 100;

/**
 * A session that is a log of JSON records, one a line. The file is read twice: once for the head, which needs the whole of it, and
 * again as the entries are asked for; so a transcript of any size takes the memory of its longest message.
 *
 * @param open makes a reader for each pass; the second one gets what the first has learnt
 */
export async function* readLog<R extends RecordReader>(
  file: SourceFile,
  open: (first: R | null) => R,
): AsyncGenerator<ReadItem> {
  const reader = open(null);
  const faults = new FaultList();
  let messageCount = 0;
  let preview = "";
  let lastAt: string | null = null;
  let records = 0;
  for await (const { line, ...item } of readRecords(file)) {
    records++;
    const taken = "fault" in item ? item : takeStorable(reader, item.record);
    if (taken === null) continue;
    if ("fault" in taken) {
      faults.add(line, taken.fault);
      continue;
    }
    messageCount++;
    lastAt = latest(lastAt, taken.at);
    if (preview === "") preview = findPreview([taken.message])?.preview ?? "";
  }
  if (faults.count === records) throw faults.asError();
  const fields = reader.fields();
  const updatedAt = latest(fields.updatedAt, lastAt) ?? fields.updatedAt;
  const head = newHead({ ...fields, updatedAt }, messageCount, preview);
  const entries = {
    [Symbol.asyncIterator]: () => readEntries(file, open(reader), head.createdAt),
  };
  yield { snapshot: { head, entries }, isDatedByFile: fields.isDatedByFile };
  yield* faults.items();
}

async function* readEntries(
  file: SourceFile,
  reader: RecordReader,
  createdAt: string,
): AsyncGenerator<Entry<JsonObject>> {
  const clock = new EntryClock(createdAt);
  let seq = 0;
  try {
    for await (const item of readRecords(file)) {
      const taken = "fault" in item ? null : takeStorable(reader, item.record);
      if (taken === null || "fault" in taken) continue;
      yield { seq: ++seq, at: clock.at(taken.at), message: taken.message };
    }
  } catch (cause) {
    throw new StoreIoError(`${file.path} cannot be read on: ${messageOf(cause)}.`, {
      location: file.path,
      cause,
    });
  }
}

function takeStorable(
  reader: RecordReader,
  record: JsonObject,
): TimedMessage | { readonly fault: string } | null {
  try {
    const taken = reader.take(record);
    return taken === null ? null : { at: taken.at, message: storable(taken.message, "the message") };
  } catch (error) {
    return { fault: problemOf(error).reason };
  }
}

/** The bad lines of a file, the first hundred one by one. */
class FaultList {
  count = 0;
  readonly #first: { readonly line: number; readonly reason: string }[] = [];

  add(line: number, reason: string): void {
    this.count++;
    if (this.#first.length < MAX_FAULTS) this.#first.push({ line, reason });
  }

  *items(): Generator<ReadItem> {
    for (const { line, reason } of this.#first)
      yield { part: { line, reason: `has a line that was left out: it ${reason}` } };
    if (this.count > this.#first.length) {
      const more = this.count - this.#first.length;
      yield { part: { line: null, reason: `has ${more} more lines that were left out` } };
    }
  }

  asError(): MalformedFileError {
    const [first] = this.#first;
    return first === undefined
      ? new MalformedFileError("holds no records")
      : new MalformedFileError(`has no line that can be read; the first ${first.reason}`, first);
  }
}
