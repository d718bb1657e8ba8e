import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { type Footer, footerRest, type PartFooter, type Span } from "./log-footer.js";
import type { Operation } from "./log-record.js";
import type { RecordCodec } from "./record-codec.js";

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

/** A footer but for the size, which depends on its own length. */
export type FooterDraft = Omit<Footer, "size"> | Omit<PartFooter, "size">;

/**
 * The bytes of a record.
 *
 * @param start where in the file it will begin
 * @param operation where the newest operation before this record lies
 */
export function encodeRecord(
  codec: RecordCodec,
  draft: RecordDraft,
  start: number,
  operation: Span | null,
  footerFor: (spans: FieldSpans) => FooterDraft,
): { readonly bytes: Buffer; readonly spans: FieldSpans } {
  const pieces: string[] = [];
  let length = 0;
  /** Only what lies before the last span is measured: entries may be long. */
  const add = (key: string, value: JsonValue, measured = true): Span => {
    const piece = codec.encodeField(key, value, pieces.length === 0);
    pieces.push(piece);
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
  for (const [key, value] of Object.entries(draft.foreign ?? {}))
    if (value !== undefined) add(key, value, false);

  const spans: FieldSpans = { head, operation: newest };
  const body = pieces.join("");
  const bodyLength = Buffer.byteLength(body);
  const footer = encodeSized(
    footerFor(spans),
    (json) => codec.encodeFooter(json, body === ""),
    start + bodyLength,
  );
  const bytes = Buffer.allocUnsafe(bodyLength + Buffer.byteLength(footer));
  bytes.write(body, 0);
  bytes.write(footer, bodyLength);
  return { bytes, spans };
}

/** The footer names the size of the file that ends with it: the number whose digits make that size true. */
function encodeSized(draft: FooterDraft, encode: (json: string) => string, start: number): string {
  const counters = `{"revision":${draft.revision},"messageCount":${draft.messageCount},"size":`;
  const rest = "usage" in draft ? footerRest(draft) : "}";
  const bare = start + Buffer.byteLength(encode(counters + rest));
  let digits = 1;
  while (String(bare + digits).length !== digits) digits++;
  return encode(counters + String(bare + digits) + rest);
}
