import { SessionCorruptedError, type SessionSummary } from "@agent-sessions/core";
import {
  type ColumnFault,
  decodeHead,
  decodeSummary,
  foldText,
  type HeadColumns,
  type SessionKey,
  type StoredHead,
  type SummaryColumns,
} from "@agent-sessions/core/backend";
import type { SqlRow, SqlValue } from "./sql-database.js";

/** A session's row: how the database refers to it, and what it holds, in texts and numbers only, so that it can be kept and read again. */
export interface KnownRow {
  readonly pk: number;
  /** The number that its entries are filed under. */
  readonly transcript: number;
  readonly columns: HeadColumns;
}

/** A session's row with the head in it. */
export interface SessionRow extends KnownRow {
  readonly head: StoredHead;
}

const SUMMARY = [
  "pk",
  "transcript",
  "namespace",
  "id",
  "title",
  "preview",
  "labels",
  "metadata",
  "pinned",
  "archived",
  "parent_id",
  "parent_message_count",
  "usage",
  "message_count",
  "revision",
  "created_at",
  "updated_at",
] as const;

/** The columns that `readSummaryRow` takes, of the table `s`. */
export const SUMMARY_COLUMNS: string = SUMMARY.map((column) => `s.${column}`).join(", ");
/** A whole head by its key. */
export const SELECT_HEAD: string = `
SELECT ${SUMMARY_COLUMNS}, s.preview_seq, s.epoch, s.extra, d.state
FROM agent_sessions_sessions s LEFT JOIN agent_sessions_states d ON d.session_pk = s.pk
WHERE s.namespace = ? AND s.id = ?`;

/** A row of `SUMMARY_COLUMNS`, checked column by column. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function readSummaryRow(
  row: SqlRow,
  location: string,
): { readonly pk: number; readonly transcript: number; readonly summary: SessionSummary } {
  const { pk, transcript, columns } = readColumns(row, location);
  return { pk, transcript, summary: decodeSummary(columns, faultOf(columns.id, pk, location)) };
}

/** A row of `SELECT_HEAD`. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function readHeadRow(row: SqlRow, location: string): SessionRow {
  const { pk, transcript, columns } = readColumns(row, location);
  const [previewSeq, epoch, extra, state] = row.slice(SUMMARY.length);
  const read = new ColumnReader(faultOf(columns.id, pk, location));
  // New fields behind a spread cost microseconds each; assigned, they cost next to nothing.
  const all = Object.assign(columns, {
    previewSeq: read.count(previewSeq, "preview_seq"),
    epoch: read.text(epoch, "epoch"),
    extra: read.text(extra, "extra"),
    state: state === null ? "{}" : read.text(state, "state"),
  });
  return sessionOf({ pk, transcript, columns: all }, location);
}

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function sessionOf({ pk, transcript, columns }: KnownRow, location: string): SessionRow {
  return { pk, transcript, columns, head: decodeHead(columns, faultOf(columns.id, pk, location)) };
}

function readColumns(
  row: SqlRow,
  location: string,
): { readonly pk: number; readonly transcript: number; readonly columns: SummaryColumns } {
  const [
    pk,
    transcript,
    namespace,
    id,
    title,
    preview,
    labels,
    metadata,
    pinned,
    archived,
    parentId,
    parentMessageCount,
    usage,
    messageCount,
    revision,
    createdAt,
    updatedAt,
  ] = row;
  const read = new ColumnReader(faultOf(String(id), Number(pk), location));
  const isFork = parentId !== null;
  return {
    pk: Number(pk),
    transcript: read.count(transcript, "transcript"),
    columns: {
      id: read.text(id, "id"),
      namespace: read.text(namespace, "namespace"),
      title: read.text(title, "title"),
      preview: read.text(preview, "preview"),
      labels: read.text(labels, "labels"),
      metadata: read.text(metadata, "metadata"),
      pinned: pinned === 1,
      archived: archived === 1,
      parentId: isFork ? read.text(parentId, "parent_id") : null,
      parentMessageCount: isFork ? read.count(parentMessageCount, "parent_message_count") : null,
      usage: read.text(usage, "usage"),
      messageCount: read.count(messageCount, "message_count"),
      revision: read.count(revision, "revision"),
      createdAt: read.text(createdAt, "created_at"),
      updatedAt: read.text(updatedAt, "updated_at"),
    },
  };
}

/** The columns of a head with their values, but for the ones every commit writes (`HOT_COLUMNS`) and the keys. */
export function coldValues(head: StoredHead): Readonly<Record<string, SqlValue>> {
  return {
    title: head.title,
    title_folded: foldText(head.title),
    preview: head.preview,
    preview_seq: head.previewSeq,
    labels: JSON.stringify(head.labels),
    metadata: JSON.stringify(head.metadata),
    pinned: head.pinned ? 1 : 0,
    archived: head.archived ? 1 : 0,
    parent_id: head.parent?.id ?? null,
    parent_message_count: head.parent?.messageCount ?? null,
    created_at: head.createdAt,
    extra: JSON.stringify(head.extra),
  };
}

/** What every commit may change. */
export function hotValues(head: StoredHead): Readonly<Record<string, SqlValue>> {
  return {
    epoch: head.epoch,
    revision: head.revision,
    message_count: head.messageCount,
    usage: JSON.stringify(head.usage),
    updated_at: head.updatedAt,
  };
}

/** The row after a plain append: what `hotValues` names is as in `head`, all else as it was. Takes the row before over. */
export function advanceRow(
  { pk, transcript, columns, head: before }: SessionRow,
  head: StoredHead,
): KnownRow {
  const { epoch, revision, messageCount, updatedAt } = head;
  const usage = head.usage === before.usage ? columns.usage : JSON.stringify(head.usage);
  // In place: a copy of an object of so many fields costs as much as one of the statements.
  Object.assign(columns, { epoch, revision, messageCount, updatedAt, usage });
  return { pk, transcript, columns };
}

/** SESSION_CORRUPTED for a row that cannot be read. */
export function rowCorrupted(
  key: Pick<SessionKey, "id">,
  location: string,
  position: string,
  reason: string,
  cause?: unknown,
): SessionCorruptedError {
  return new SessionCorruptedError(key.id, location, position, reason, { cause });
}

function faultOf(id: string, pk: number, location: string): ColumnFault {
  return (column, reason, cause) => {
    const table = column === "state" ? "agent_sessions_states" : "agent_sessions_sessions";
    return rowCorrupted({ id }, location, `${table} row ${pk}, column ${column}`, reason, cause);
  };
}

/** The tables are strict, but a damaged page may hold anything; core looks into the columns of JSON. */
class ColumnReader {
  readonly #fault: ColumnFault;

  constructor(fault: ColumnFault) {
    this.#fault = fault;
  }

  text(value: SqlValue | undefined, column: string): string {
    if (typeof value === "string") return value;
    throw this.#fault(column, "the value is not a text");
  }

  count(value: SqlValue | undefined, column: string): number {
    if (typeof value === "number" && value >= 0) return value;
    throw this.#fault(column, "the value is not a whole number");
  }
}
