import type { JsonObject } from "@agent-sessions/core";
import type { StoredHead } from "@agent-sessions/core/backend";
import { EMPTY_DRAFT, encodeRecord, type RecordDraft } from "./log-encode.js";
import type { Footer, FooterDraft } from "./log-footer.js";
import { headFields, type Operation } from "./log-record.js";
import type { RecordCodec } from "./record-codec.js";
import { definedFields } from "./record-shape.js";
import type { StagedFile } from "./staged-file.js";

/** A record of a rewritten log is closed when its entries come to about so much of what the codec parses at once. */
const PART_OF_BATCH = 0.5;

/** What a rewritten log takes over from the one that it replaces. */
export interface Carried {
  /** The header as it was; null for a new one. */
  readonly header: JsonObject | null;
  readonly operations: readonly Operation[];
  /** Records and fields that format 1.0 does not know. */
  readonly foreign: readonly JsonObject[];
  readonly footerExtra: JsonObject;
}

export const NOTHING_CARRIED: Carried = { header: null, operations: [], foreign: [], footerExtra: {} };

/** No record may be longer: such a one would be refused when it is read. */
export interface RecordLimit {
  readonly bytes: number;
  /** What to throw for a record of so many bytes that cannot be divided. */
  readonly refusal: (bytes: number) => Error;
}

/** Writes a whole log from the beginning: header, entries in records of bounded size, and last the record that makes it a commit. */
export class LogRewriter {
  readonly #codec: RecordCodec;
  readonly #file: StagedFile;
  readonly #limit: RecordLimit;
  #pending: JsonObject[] = [];
  #pendingCharacters = 0;
  #count = 0;

  constructor(codec: RecordCodec, file: StagedFile, limit: RecordLimit) {
    this.#codec = codec;
    this.#file = file;
    this.#limit = limit;
  }

  begin(header: JsonObject): void {
    this.#file.write(this.#headerBytes(header));
  }

  /** Writes the header once more, when its time became known later. It must be as long as it was: times always are. */
  beginAgain(header: JsonObject): void {
    this.#file.overwriteStart(this.#headerBytes(header));
  }

  #headerBytes(header: JsonObject): Buffer {
    const pieces = definedFields(header).map(([key, value], index) =>
      this.#codec.encodeField(key, value, index === 0),
    );
    return Buffer.from(`${pieces.join("")}${this.#codec.headerEnd}`);
  }

  /** Entries as they stand in a record. */
  add(entry: JsonObject): void {
    if (this.#pendingCharacters >= this.#codec.batchBytes * PART_OF_BATCH) this.#writePart({});
    this.#pending.push(entry);
    this.#pendingCharacters += roughLength(entry);
    this.#count++;
  }

  /**
   * Records that this version does not know go before the last one, in their order.
   *
   * @throws the limit's refusal
   */
  finish(head: StoredHead, carried: Carried, operation: Operation | null): void {
    for (const foreign of carried.foreign) this.#writePart(foreign);
    const draftWith = (entries: readonly JsonObject[]): RecordDraft =>
      Object.assign(
        { ...EMPTY_DRAFT },
        { head: headFields(head), operations: carried.operations, operation, entries },
      );
    const footerFor = (spans: {
      readonly head: Footer["head"] | null;
      readonly operation: Footer["operation"];
    }): FooterDraft => ({
      revision: head.revision,
      messageCount: head.messageCount,
      size: 0,
      usage: head.usage,
      at: head.updatedAt,
      epoch: head.epoch,
      head: spans.head ?? [0, 0],
      operation: spans.operation,
      cuts: 0,
      dead: 0,
      foreign: carried.foreign.length > 0,
      extra: carried.footerExtra,
    });
    const encode = (entries: readonly JsonObject[]): Buffer =>
      encodeRecord(this.#codec, draftWith(entries), this.#file.length, null, footerFor).bytes;
    let last = encode(this.#pending);
    if (last.length > this.#limit.bytes && this.#pending.length > 0) {
      this.#writePart({});
      last = encode([]);
    }
    this.#write(last);
  }

  #writePart(foreign: JsonObject): void {
    const entries = this.#pending;
    this.#pending = [];
    this.#pendingCharacters = 0;
    this.#writeEntries(entries, this.#count, foreign);
  }

  /** In one record, or in as many as the limit asks for. `count`: of the messages up to the last of these. */
  #writeEntries(entries: readonly JsonObject[], count: number, foreign: JsonObject): void {
    const draft = { ...EMPTY_DRAFT, entries, foreign };
    const footer = { revision: 0 as const, messageCount: count, size: 0 };
    const { bytes } = encodeRecord(this.#codec, draft, this.#file.length, null, () => footer);
    if (bytes.length <= this.#limit.bytes || entries.length < 2) {
      this.#write(bytes);
      return;
    }
    const half = Math.ceil(entries.length / 2);
    this.#writeEntries(entries.slice(0, half), count - entries.length + half, {});
    this.#writeEntries(entries.slice(half), count, foreign);
  }

  #write(record: Buffer): void {
    if (record.length > this.#limit.bytes) throw this.#limit.refusal(record.length);
    this.#file.write(record);
  }
}

/** About how long a value is as text: the characters of its texts and keys. */
function roughLength(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 6;
  let length = 2;
  for (const key in value) length += key.length + 4 + roughLength((value as Record<string, unknown>)[key]);
  return length;
}
