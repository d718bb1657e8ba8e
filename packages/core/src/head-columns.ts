import type { JsonObject } from "./json-value.js";
import type { Metadata, SessionSummary, Usage } from "./session.js";
import type { StoredHead } from "./session-backend.js";

/** A summary as a table keeps it: what has parts is JSON text. */
export interface SummaryColumns {
  readonly id: string;
  readonly namespace: string;
  readonly title: string;
  readonly preview: string;
  readonly labels: string;
  readonly metadata: string;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly parentId: string | null;
  readonly parentMessageCount: number | null;
  readonly usage: string;
  readonly messageCount: number;
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A head as a table keeps it. */
export interface HeadColumns extends SummaryColumns {
  readonly state: string;
  readonly epoch: string;
  readonly previewSeq: number;
  readonly extra: string;
}

/** Makes the error for a column that cannot be read. */
export type ColumnFault = (column: string, reason: string, cause?: unknown) => Error;

export function encodeHead(head: StoredHead): HeadColumns {
  const { parent, labels, metadata, usage, state, extra, ...rest } = head;
  return {
    ...rest,
    labels: JSON.stringify(labels),
    metadata: JSON.stringify(metadata),
    usage: JSON.stringify(usage),
    state: JSON.stringify(state),
    extra: JSON.stringify(extra),
    parentId: parent?.id ?? null,
    parentMessageCount: parent?.messageCount ?? null,
  };
}

/** The summary in a row. @throws what `fault` makes, for the first column that does not hold what it must */
export function decodeSummary(row: SummaryColumns, fault: ColumnFault): SessionSummary {
  const { id, namespace, title, preview, pinned, archived, parentId, parentMessageCount } = row;
  return {
    id,
    namespace,
    title,
    preview,
    labels: parse(row.labels, isTextArray, "labels", fault),
    metadata: parse(row.metadata, isFlat, "metadata", fault),
    pinned,
    archived,
    parent: parentId === null ? null : { id: parentId, messageCount: parentMessageCount ?? 0 },
    usage: parse(row.usage, isUsage, "usage", fault),
    messageCount: row.messageCount,
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The head in a row. @throws what `fault` makes, for the first column that does not hold what it must */
export function decodeHead(row: HeadColumns, fault: ColumnFault): StoredHead {
  // New fields behind a spread cost microseconds each; assigned, they cost next to nothing.
  return Object.assign(decodeSummary(row, fault), {
    state: parse(row.state, isObject, "state", fault),
    epoch: row.epoch,
    previewSeq: row.previewSeq,
    extra: parse(row.extra, isObject, "extra", fault),
  });
}

/** What a column of JSON holds; undefined when it does not hold what it must. */
export function readColumn(
  column: "labels" | "metadata" | "usage" | "state" | "extra",
  json: string,
): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return SHAPES[column](value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parse<T>(
  json: string,
  isSound: (value: unknown) => value is T,
  column: string,
  fault: ColumnFault,
): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw fault(column, "the value is not JSON", error);
  }
  if (isSound(value)) return value;
  throw fault(column, "the value is not of the right shape");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isFlat(value: unknown): value is Metadata {
  return isObject(value) && Object.values(value).every((item) => typeof item !== "object" || item === null);
}

function isUsage(value: unknown): value is Usage {
  return isObject(value) && Object.values(value).every((item) => typeof item === "number");
}

const SHAPES = { labels: isTextArray, metadata: isFlat, usage: isUsage, state: isObject, extra: isObject };
