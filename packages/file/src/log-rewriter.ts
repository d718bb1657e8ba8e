import type { JsonObject } from "@agent-sessions/core";
import type { StoredHead } from "@agent-sessions/core/backend";
import { EMPTY_DRAFT, encodeRecord } from "./log-encode.js";
import type { Footer } from "./log-footer.js";
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

/** Writes a whole log from the beginning: header, entries in records of bounded size, and last the record that makes it a commit. */
export class LogRewriter {
  readonly #codec: RecordCodec;
  readonly #file: StagedFile;
  #pending: JsonObject[] = [];
  #pendingCharacters = 0;
  #count = 0;

  constructor(codec: RecordCodec, file: StagedFile) {
    this.#codec = codec;
    this.#file = file;
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

  /** Records that this version does not know go before the last one, in their order. */
  finish(head: StoredHead, carried: Carried, operation: Operation | null): void {
    for (const foreign of carried.foreign) this.#writePart(foreign);
    const draft = {
      ...EMPTY_DRAFT,
      head: headFields(head),
      operations: carried.operations,
      operation,
      entries: this.#pending,
    };
    const footerFor = (spans: {
      readonly head: Footer["head"] | null;
      readonly operation: Footer["operation"];
    }): Omit<Footer, "size"> => ({
      revision: head.revision,
      messageCount: head.messageCount,
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
    this.#file.write(encodeRecord(this.#codec, draft, this.#file.length, null, footerFor).bytes);
  }

  #writePart(foreign: JsonObject): void {
    const draft = { ...EMPTY_DRAFT, entries: this.#pending, foreign };
    const footer = { revision: 0 as const, messageCount: this.#count };
    this.#file.write(encodeRecord(this.#codec, draft, this.#file.length, null, () => footer).bytes);
    this.#pending = [];
    this.#pendingCharacters = 0;
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
