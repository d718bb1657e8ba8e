import type { JsonObject, JsonValue } from "@agent-sessions/core";
import {
  type Footer,
  type FooterDraft,
  footerParts,
  type PartFooter,
  SEAL_LENGTH,
  type Span,
  sealOf,
} from "./log-footer.js";
import type { Operation } from "./log-record.js";
import type { RecordCodec } from "./record-codec.js";
import { definedFields } from "./record-shape.js";

/** What goes into one record; empty parts are left out. */
export interface RecordDraft {
  readonly keep: number | null;
  readonly head: JsonObject | null;
  /** Carried along from a log whose offsets no longer hold. */
  readonly operations: readonly Operation[];
  readonly operation: Operation | null;
  readonly entries: readonly JsonObject[];
  /** Fields that format 1.0 does not know. */
  readonly foreign: JsonObject | null;
}

export const EMPTY_DRAFT: RecordDraft = {
  keep: null,
  head: null,
  operations: [],
  operation: null,
  entries: [],
  foreign: null,
};

/** Where the fields of a record lie that footers point to. */
export interface FieldSpans {
  readonly head: Span | null;
  /** The newest operation the log remembers, with this record. */
  readonly operation: Span | null;
}

/** A record as it is to be written. */
export interface EncodedRecord {
  readonly bytes: Buffer;
  readonly footer: Footer | PartFooter;
  /** The last of the bytes: those of the footer, and what closes the record. */
  readonly ending: Buffer;
}

/**
 * The bytes of a record.
 *
 * @param start where in the file it will begin
 * @param operation where the newest operation before this record lies
 * @param footerFor makes the footer anew: it is the record's from then on, and so is all that it refers to
 */
export function encodeRecord(
  codec: RecordCodec,
  draft: RecordDraft,
  start: number,
  operation: Span | null,
  footerFor: (spans: FieldSpans) => FooterDraft,
): EncodedRecord {
  let body = "";
  let length = 0;
  /** Only what lies before the last span is measured: entries may be long. */
  const add = (key: string, value: JsonValue, measured = true): Span => {
    const piece = codec.encodeField(key, value, body === "");
    body += piece;
    const from = start + length;
    if (measured) length += Buffer.byteLength(piece);
    return [from, start + length];
  };

  if (draft.keep !== null) add("keep", draft.keep);
  const head = draft.head === null ? null : add("head", draft.head);
  let newest = operation;
  if (draft.operations.length > 0)
    newest = add(
      "operations",
      draft.operations.map(({ id, fingerprint }) => ({ id, fingerprint })),
    );
  if (draft.operation !== null)
    newest = add("operation", { ...draft.operation, previous: newest === null ? null : [...newest] });
  if (draft.entries.length > 0) add("entries", draft.entries, false);
  if (draft.foreign !== null) for (const [key, value] of definedFields(draft.foreign)) add(key, value, false);
  return closeRecord(codec, body, footerFor({ head, operation: newest }), start);
}

function closeRecord(codec: RecordCodec, body: string, footer: FooterDraft, start: number): EncodedRecord {
  const isFirst = body === "";
  const bodyLength = Buffer.byteLength(body);
  const [before, behind] = footerParts(footer);
  const unsealed = codec.encodeFooter(before + behind, isFirst);
  footer.size = ownSize(start + bodyLength + Buffer.byteLength(unsealed) + SEAL_LENGTH);
  const text = before + footer.size + behind;
  const bytes = Buffer.allocUnsafe(footer.size - start);
  bytes.write(body);
  bytes.write(codec.encodeFooter(text + sealOf(text), isFirst), bodyLength);
  return { bytes, footer, ending: bytes.subarray(bodyLength) };
}

/** The footer names the size of the file that ends with it: the number whose own digits, added to all else, make it true. */
function ownSize(others: number): number {
  let size = others + 1;
  for (let longer = 10; size >= longer; longer *= 10) size++;
  return size;
}
