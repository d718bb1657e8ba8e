import type { JsonObject, Metadata, SessionSummary, Usage } from "@agent-sessions/core";
import { SessionCorruptedError } from "@agent-sessions/core";
import { foldText, type SessionKey, type StoredHead } from "@agent-sessions/core/backend";
import type { SqlRow, SqlValue } from "./sql-database.js";

/** A session's row: its head, and how the database refers to it. */
export interface SessionRow {
  readonly pk: number;
  /** The number that its entries are filed under. */
  readonly transcript: number;
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
  const read = new RowReader(String(id), Number(pk), location);
  return {
    pk: Number(pk),
    transcript: read.count(transcript, "transcript"),
    summary: {
      id: read.text(id, "id"),
      namespace: read.text(namespace, "namespace"),
      title: read.text(title, "title"),
      preview: read.text(preview, "preview"),
      labels: read.json(labels, "labels", isLabels),
      metadata: read.json(metadata, "metadata", isMetadata),
      pinned: pinned === 1,
      archived: archived === 1,
      parent:
        parentId === null
          ? null
          : {
              id: read.text(parentId, "parent_id"),
              messageCount: read.count(parentMessageCount, "parent_message_count"),
            },
      usage: read.json(usage, "usage", isUsage),
      messageCount: read.count(messageCount, "message_count"),
      revision: read.count(revision, "revision"),
      createdAt: read.text(createdAt, "created_at"),
      updatedAt: read.text(updatedAt, "updated_at"),
    },
  };
}

/** A row of `SELECT_HEAD`. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function readHeadRow(row: SqlRow, location: string): SessionRow {
  const { pk, transcript, summary } = readSummaryRow(row, location);
  const [previewSeq, epoch, extra, state] = row.slice(SUMMARY.length);
  const read = new RowReader(summary.id, pk, location);
  return {
    pk,
    transcript,
    // New fields behind a spread cost microseconds each; assigned, they cost next to nothing.
    head: Object.assign(summary, {
      state: state === null ? {} : read.json(state, "state", isObject, "agent_sessions_states"),
      epoch: read.text(epoch, "epoch"),
      previewSeq: read.count(previewSeq, "preview_seq"),
      extra: read.json(extra, "extra", isObject),
    }),
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

class RowReader {
  readonly #id: string;
  readonly #pk: number;
  readonly #location: string;

  constructor(id: string, pk: number, location: string) {
    this.#id = id;
    this.#pk = pk;
    this.#location = location;
  }

  text(value: SqlValue | undefined, column: string): string {
    if (typeof value === "string") return value;
    throw this.#bad(column, "is not a text");
  }

  count(value: SqlValue | undefined, column: string): number {
    if (typeof value === "number" && value >= 0) return value;
    throw this.#bad(column, "is not a whole number");
  }

  json<T>(
    value: SqlValue | undefined,
    column: string,
    test: (parsed: unknown) => parsed is T,
    table?: string,
  ): T {
    let parsed: unknown;
    try {
      parsed = JSON.parse(this.text(value, column));
    } catch (error) {
      throw this.#bad(column, "is not JSON", table, error);
    }
    if (test(parsed)) return parsed;
    throw this.#bad(column, "is not of the right shape", table);
  }

  #bad(
    column: string,
    problem: string,
    table = "agent_sessions_sessions",
    cause?: unknown,
  ): SessionCorruptedError {
    const position = `${table} row ${this.#pk}, column ${column}`;
    return rowCorrupted({ id: this.#id }, this.#location, position, `the value ${problem}`, cause);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLabels(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((label) => typeof label === "string");
}

function isMetadata(value: unknown): value is Metadata {
  return isObject(value) && Object.values(value).every((item) => typeof item !== "object" || item === null);
}

function isUsage(value: unknown): value is Usage {
  return isObject(value) && Object.values(value).every((item) => typeof item === "number");
}
