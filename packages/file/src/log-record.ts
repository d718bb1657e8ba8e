import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { compareCodePoints, type SessionKey, type StoredHead } from "@agent-sessions/core/backend";
import { type Footer, isSealed, isSpan, type PartFooter, readFooter, type Span } from "./log-footer.js";
import { isCount, isObject, isTexts, isTime, otherFields, RecordShapeError } from "./record-shape.js";

/** The format that this version writes. It reads every 1.x. */
const LOG_KIND = "agent-sessions";
export const LOG_FORMAT = "1.0";
export const LOG_MAJOR = 1;
/** At least so many operations are remembered. */
export const REMEMBERED_OPERATIONS = 100;

/** The first record of a file. `fields` is all of it, as found. */
export interface LogHeader {
  readonly format: string;
  readonly id: string;
  readonly namespace: string;
  readonly createdAt: string;
  readonly fields: JsonObject;
}

/** An appended message as it stands in a log; a newer minor may have put further fields beside these. */
export interface LogEntry {
  readonly at: string | null;
  readonly message: JsonObject;
  readonly fields: JsonObject;
}

export interface Operation {
  readonly id: string;
  readonly fingerprint: string;
}

/** A record after the header. Each field may be missing; `footer` is missing in records that a person added. */
export interface LogRecord {
  readonly keep: number | null;
  readonly head: JsonObject | null;
  readonly entries: readonly LogEntry[];
  readonly operations: readonly Operation[];
  readonly operation: (Operation & { readonly previous: Span | null }) | null;
  readonly footer: Footer | PartFooter | null;
  /** Whether the footer says what its writer saw; one that a person changed says what that person wants. */
  readonly isFooterSealed: boolean;
  /** Fields that format 1.0 does not know. */
  readonly foreign: JsonObject | null;
}

/** A record that must not be passed over was written by a newer version. */
export class CriticalRecordError extends Error {
  override readonly name = "CriticalRecordError";
}

const HEAD_FIELDS = new Set([
  "title",
  "preview",
  "previewSeq",
  "labels",
  "metadata",
  "pinned",
  "archived",
  "parent",
  "createdAt",
  "state",
]);
const RECORD_FIELDS = new Set(["keep", "head", "entries", "operations", "operation", "footer", "critical"]);

/** @throws {RecordShapeError} when it is no header */
export function readHeader(value: JsonValue | undefined): LogHeader {
  if (!isObject(value) || value["kind"] !== LOG_KIND) {
    throw new RecordShapeError(`it does not begin with a header whose kind is ${LOG_KIND}`);
  }
  const { format, id, namespace, createdAt, keep, head, entries, footer } = value;
  // Each record has one of these, and no header.
  if (keep !== undefined || head !== undefined || entries !== undefined || footer !== undefined)
    throw new RecordShapeError("its header runs into the record behind it: what ends a header is missing");
  if (format !== LOG_FORMAT && !isFormat(format))
    throw new RecordShapeError("its header names no format version");
  if (typeof id !== "string" || typeof namespace !== "string") {
    throw new RecordShapeError("its header needs id and namespace as text");
  }
  if (!isTime(createdAt)) throw new RecordShapeError("its header's createdAt is no ISO 8601 UTC time");
  return { format: String(format), id, namespace, createdAt, fields: value };
}

/** The version of a format, which somebody may have written as a number. */
function isFormat(value: JsonValue | undefined): value is string | number {
  return (typeof value === "string" || typeof value === "number") && /^\d+(\.\d+)?$/.test(String(value));
}

/** The header of a new file. */
export function headerFields(key: SessionKey, createdAt: string): JsonObject {
  return { kind: LOG_KIND, format: LOG_FORMAT, id: key.id, namespace: key.namespace, createdAt };
}

/**
 * @throws {RecordShapeError} when a field is not what the format says
 * @throws {CriticalRecordError} when a newer version forbids passing over what this one does not know
 */
export function readRecord(value: JsonValue): LogRecord {
  if (!isObject(value)) throw new RecordShapeError("a record must be a mapping of fields");
  const foreign = foreignFields(value, RECORD_FIELDS);
  if (foreign !== null && value["critical"] === true)
    throw new CriticalRecordError(Object.keys(foreign).join(", "));
  const { keep = null, head = null, entries = [], operations = [], operation = null } = value;
  if (keep !== null && !isCount(keep)) throw new RecordShapeError("keep must be a whole number");
  if (head !== null && !isObject(head)) throw new RecordShapeError("head must be a mapping");
  if (!Array.isArray(entries)) throw new RecordShapeError("entries must be a list");
  if (!Array.isArray(operations)) throw new RecordShapeError("operations must be a list");
  const footer = readFooter(value["footer"]);
  if (footer === null && value["footer"] !== undefined)
    throw new RecordShapeError(
      "its footer is not what the format says: write it as it was, or delete it, and it is worked out again",
    );
  return {
    keep,
    head,
    entries: entries.map(readEntry),
    operations: operations.map(readOperation),
    operation: operation === null ? null : { ...readOperation(operation), previous: readPrevious(operation) },
    footer,
    isFooterSealed:
      footer !== null && isObject(value["footer"]) && isSealed(footer, value["footer"]["check"]),
    foreign,
  };
}

/** @throws {RecordShapeError} */
export function readEntry(value: JsonValue): LogEntry {
  if (!isObject(value) || !isObject(value["message"])) {
    throw new RecordShapeError("each of entries needs a message that is a mapping");
  }
  const { at = null } = value;
  if (at !== null && !isTime(at))
    throw new RecordShapeError("at must be an ISO 8601 UTC time with milliseconds");
  return { at, message: value["message"], fields: value };
}

/** The whole head as one field: everything about a session that its footers do not hold. */
export function headFields(head: StoredHead): JsonObject {
  const { title, preview, previewSeq, labels, metadata, pinned, archived, parent, createdAt, state, extra } =
    head;
  return {
    title,
    preview,
    previewSeq,
    labels,
    metadata,
    pinned,
    archived,
    parent: parent === null ? null : { id: parent.id, messageCount: parent.messageCount },
    createdAt,
    state,
    ...extra,
  };
}

/**
 * The stored head from its parts. Fields that a person left out get their defaults.
 *
 * @throws {RecordShapeError} when a field is not what the format says
 */
export function toStoredHead(
  header: LogHeader,
  fields: JsonObject,
  counters: Pick<Footer, "revision" | "messageCount" | "usage" | "at" | "epoch">,
): StoredHead {
  const {
    title = "",
    preview = "",
    previewSeq = 0,
    labels = [],
    metadata = {},
    pinned = false,
    archived = false,
    parent = null,
    createdAt = header.createdAt,
    state = {},
  } = fields;
  if (typeof title !== "string") throw new RecordShapeError("head.title must be text");
  if (typeof preview !== "string") throw new RecordShapeError("head.preview must be text");
  if (!isCount(previewSeq)) throw new RecordShapeError("head.previewSeq must be a whole number");
  if (!isTexts(labels)) throw new RecordShapeError("head.labels must be a list of texts");
  if (!isMetadata(metadata))
    throw new RecordShapeError("head.metadata must be flat: texts, numbers, true, false, null");
  if (typeof pinned !== "boolean") throw new RecordShapeError("head.pinned must be true or false");
  if (typeof archived !== "boolean") throw new RecordShapeError("head.archived must be true or false");
  if (!isParent(parent)) throw new RecordShapeError("head.parent must be null, or have id and messageCount");
  if (!isTime(createdAt))
    throw new RecordShapeError("head.createdAt must be an ISO 8601 UTC time with milliseconds");
  if (!isObject(state)) throw new RecordShapeError("head.state must be a mapping");
  const { revision, messageCount, usage, at, epoch } = counters;
  return {
    id: header.id,
    namespace: header.namespace,
    title,
    preview,
    labels: labels.length === 0 ? [] : [...new Set(labels)].sort(compareCodePoints),
    metadata,
    pinned,
    archived,
    parent,
    // The footer may be kept; a head is its reader's own.
    usage: { ...usage },
    messageCount,
    revision,
    createdAt,
    updatedAt: at,
    state,
    epoch,
    previewSeq,
    extra: otherFields(fields, HEAD_FIELDS),
  };
}

export function readOperation(value: JsonValue | undefined): Operation {
  if (isObject(value) && typeof value["id"] === "string" && typeof value["fingerprint"] === "string") {
    return { id: value["id"], fingerprint: value["fingerprint"] };
  }
  throw new RecordShapeError("an operation needs id and fingerprint as text");
}

export function readPrevious(value: JsonValue | undefined): Span | null {
  const previous = isObject(value) ? value["previous"] : undefined;
  return isSpan(previous) ? previous : null;
}

function foreignFields(value: JsonObject, known: ReadonlySet<string>): JsonObject | null {
  const fields = otherFields(value, known);
  if (Object.keys(fields).length === 0) return null;
  return value["critical"] === undefined ? fields : { ...fields, critical: value["critical"] };
}

function isMetadata(value: JsonValue | undefined): value is Record<string, string | number | boolean | null> {
  return isObject(value) && Object.values(value).every((item) => typeof item !== "object" || item === null);
}

function isParent(value: JsonValue | undefined): value is { id: string; messageCount: number } | null {
  return (
    value === null || (isObject(value) && typeof value["id"] === "string" && isCount(value["messageCount"]))
  );
}
