import { type JsonObject, type JsonValue, SessionStoreError } from "@agent-sessions/core";
import type { StoredHead } from "@agent-sessions/core/backend";
import { TimeSlice } from "@agent-sessions/core/backend";
import { type LogChunk, readChunks } from "./log-chunks.js";
import { type Footer, isPart } from "./log-footer.js";
import {
  type LogHeader,
  type LogRecord,
  type Operation,
  REMEMBERED_OPERATIONS,
  readRecord,
  toStoredHead,
} from "./log-record.js";
import {
  asCorrupted,
  checkHeader,
  corrupted,
  decodeAt,
  isRefusedByOption,
  type LogSource,
} from "./log-source.js";
import { isObject } from "./record-shape.js";
import { RecordTable } from "./record-table.js";

/** All that reading a log from end to end tells. */
export interface LogScan {
  readonly header: LogHeader;
  readonly head: StoredHead;
  /** As the next footer would have been: every counter worked out from the records. */
  readonly footer: Footer;
  readonly end: number;
  readonly gap: string;
  readonly isTorn: boolean;
  readonly table: RecordTable;
  /** The newest of them, as many as are remembered and some more; oldest first. */
  readonly operations: readonly Operation[];
  /** What format 1.0 does not know, in the order in which it was found. */
  readonly foreign: readonly JsonObject[];
  /** Whether every footer counts the messages as they are: false after messages were added or removed in the middle by hand. */
  readonly countsFit: boolean;
  /** The records that could not be read, when they were to be passed over. */
  readonly damaged: readonly { readonly start: number; readonly end: number; readonly error: unknown }[];
}

/** For repair: how to go on where reading would end. */
export interface ScanOptions {
  /** Goes on behind closed records that cannot be read. */
  readonly passOver?: boolean;
  /** Stands for a header that is missing or cannot be read. */
  readonly substitute?: LogHeader | null;
}

/**
 * Reads a log from end to end, trusting no offset in it.
 *
 * @param size of the file, where reading ends
 */
export async function scanLog(source: LogSource, size: number, options: ScanOptions = {}): Promise<LogScan> {
  await source.codec.load?.();
  const scan = new Scan(source, options);
  const slice = new TimeSlice();
  for await (const chunk of readChunks(source, 0, size)) {
    let start = 0;
    for (const end of chunk.ends) {
      scan.take(chunk, start, end);
      start = end;
      if (slice.isOver) await slice.pause();
    }
    scan.keepLast();
  }
  return scan.finish(size);
}

const NO_USAGE = { inputTokens: 0, outputTokens: 0 };
/** The epoch of a log that holds no footer at all: one that was written by hand. */
const HAND_EPOCH = "hand";

class Scan {
  readonly #source: LogSource;
  readonly #passOver: boolean;
  readonly #substitute: LogHeader | null;
  readonly #table = new RecordTable();
  readonly #foreign: JsonObject[] = [];
  readonly #damaged: { start: number; end: number; error: unknown }[] = [];
  readonly #operations: Operation[] = [];
  #header: LogHeader | null = null;
  #head: JsonObject | null = null;
  #headOffset = 0;
  #footer: Footer | null = null;
  #revision = 0;
  #cuts = 0;
  #at = "";
  /** Records since the last whole commit: a rewritten log that was cut in the middle. */
  #isUnfinished = false;
  #end = 0;
  /** The last piece that was read, blank ones included: what must follow it depends on how it ends. */
  #last: Buffer = Buffer.alloc(0);
  /** A closed record that holds NULs: torn if it is the last, damaged otherwise. */
  #suspect: { start: number; end: number; error: unknown } | null = null;

  constructor(source: LogSource, { passOver = false, substitute = null }: ScanOptions) {
    this.#source = source;
    this.#passOver = passOver;
    this.#substitute = substitute;
  }

  take(chunk: LogChunk, start: number, end: number): void {
    const { bytes, base, isClosed } = chunk;
    const offset = base + start;
    if (!isClosed && !this.#isComplete(bytes, start, end)) return;
    let value: JsonValue | undefined;
    try {
      value = decodeAt(this.#source, bytes, start, end, base);
      if (value !== undefined) this.#settleSuspect();
      if (value !== undefined && this.#header === null && this.#isHeader(value)) this.#takeHeader(value);
      else if (value !== undefined) {
        const record = readRecord(value);
        this.#takeRecord(record, offset, base + end);
        // Somebody has put its fields into another order: what glances at records without parsing them would miss it.
        if (record.keep !== this.#source.codec.glanceKeep(bytes, start, end) && record.keep !== null)
          this.#table.countsFit = false;
      }
    } catch (error) {
      this.#settleSuspect();
      this.#reject(asCorrupted(this.#source, offset, error), bytes.subarray(start, end), offset, base + end);
      return;
    }
    if (this.#suspect !== null) return;
    this.#end = base + end;
    this.#last = bytes.subarray(start, end);
  }

  /** The piece that holds the last record is about to be overwritten. */
  keepLast(): void {
    this.#last = Buffer.from(this.#last);
  }

  finish(size: number): LogScan {
    const source = this.#source;
    if (this.#header === null)
      throw corrupted(
        source,
        size === 0 ? null : 0,
        size === 0
          ? "the file is empty; restore it from a backup, or delete the session"
          : "it has no complete header; write one, or restore the file from a backup",
      );
    const isEmpty = this.#footer === null && this.#table.isEmpty && this.#head === null;
    if (this.#isUnfinished || isEmpty) {
      const reason = "its last committed record is missing; restore the file from a backup";
      const error = corrupted(source, this.#end, reason);
      if (!this.#passOver || isEmpty) throw error;
      this.#damaged.push({ start: this.#end, end: size, error });
    }
    const footer = this.#newFooter();
    let head: StoredHead;
    try {
      head = toStoredHead(this.#header, this.#head ?? {}, footer);
    } catch (error) {
      throw asCorrupted(source, this.#headOffset, error);
    }
    return {
      header: this.#header,
      head,
      footer,
      end: this.#end,
      gap: source.codec.closingFor(this.#last.toString("utf8")),
      isTorn: this.#end < size,
      table: this.#table.finish(),
      operations: this.#operations,
      foreign: this.#foreign,
      countsFit: this.#table.countsFit,
      damaged: this.#damaged,
    };
  }

  /** Whether bytes that nothing closes are a commit all the same: complete with its footer. Blank ones are no record, and fine. */
  #isComplete(bytes: Buffer, start: number, end: number): boolean {
    if (bytes.subarray(start, end).includes(0)) return false;
    try {
      const value = this.#source.codec.decodeRecord(bytes.toString("utf8", start, end));
      return value === undefined || (this.#header !== null && readRecord(value).footer !== null);
    } catch {
      return false;
    }
  }

  /** False when the log begins with a record: its header is gone, and the substitute takes its place. */
  #isHeader(value: JsonValue): boolean {
    if (this.#substitute === null || (isObject(value) && value["kind"] !== undefined)) return true;
    this.#adopt(this.#substitute);
    return false;
  }

  #takeHeader(value: JsonValue): void {
    this.#adopt(checkHeader(this.#source, value));
  }

  #adopt(header: LogHeader): void {
    this.#header = header;
    this.#at = header.createdAt;
  }

  #takeRecord(record: LogRecord, start: number, end: number): void {
    const { footer } = record;
    if (record.keep !== null) this.#cuts++;
    const claimedCount = footer !== null && record.isFooterSealed ? footer.messageCount : null;
    this.#table.add(start, end, record.keep, record.entries.length, claimedCount);
    if (footer !== null && footer.messageCount !== this.#table.claimed) this.#table.countsFit = false;
    if (record.head !== null) {
      // A head that a person wrote may hold only what they wanted to change.
      this.#head = footer === null ? { ...this.#head, ...record.head } : record.head;
      this.#headOffset = start;
    }
    this.#takeOperations(record);
    if (record.foreign !== null) this.#foreign.push(record.foreign);
    for (const entry of record.entries) if (entry.at !== null && entry.at > this.#at) this.#at = entry.at;
    this.#isUnfinished = footer !== null && isPart(footer);
    if (footer === null) this.#revision++;
    else if (!isPart(footer)) {
      this.#revision = Math.max(this.#revision + 1, footer.revision);
      if (footer.at > this.#at) this.#at = footer.at;
      this.#footer = footer;
    }
  }

  #takeOperations({ operations, operation }: LogRecord): void {
    this.#operations.push(...operations);
    if (operation !== null) this.#operations.push({ id: operation.id, fingerprint: operation.fingerprint });
    if (this.#operations.length >= 2 * REMEMBERED_OPERATIONS)
      this.#operations.splice(0, this.#operations.length - REMEMBERED_OPERATIONS);
  }

  #newFooter(): Footer {
    const last = this.#footer;
    return {
      revision: Math.max(1, this.#revision),
      messageCount: this.#table.count,
      usage: last?.usage ?? NO_USAGE,
      at: last !== null && last.revision === this.#revision ? last.at : this.#at,
      epoch: last?.epoch ?? HAND_EPOCH,
      size: this.#end,
      head: last?.head ?? [0, 1],
      operation: last?.operation ?? null,
      cuts: this.#cuts,
      dead: last?.dead ?? 0,
      foreign: this.#foreign.length > 0 || (last?.foreign ?? false),
      extra: last?.extra ?? {},
    };
  }

  #reject(error: unknown, bytes: Buffer, start: number, end: number): void {
    if (this.#header === null && this.#substitute !== null && !isOfAnother(error))
      this.#adopt(this.#substitute);
    if (bytes.includes(0) && this.#header !== null) this.#suspect = { start, end, error };
    else if (this.#passOver && this.#header !== null && !isRefusedByOption(error))
      this.#damaged.push({ start, end, error });
    else throw error;
    if (this.#suspect !== null) return;
    this.#end = end;
    this.#last = bytes;
  }

  /** Something readable follows a record with NULs: then it was not the torn end of the log. */
  #settleSuspect(): void {
    if (this.#suspect === null) return;
    if (!this.#passOver) throw this.#suspect.error;
    this.#damaged.push(this.#suspect);
    this.#suspect = null;
  }
}

/** Whether the header was read, and says that the file is another session's or another version's. */
function isOfAnother(error: unknown): boolean {
  return !SessionStoreError.is(error, "SESSION_CORRUPTED") || error.details["misplaced"] === true;
}
