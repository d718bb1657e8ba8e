import { createHash } from "node:crypto";
import { SessionCorruptedError, type SessionSummary } from "@agent-sessions/core";
import {
  type ColumnFault,
  decodeHead,
  decodeSummary,
  encodeHead,
  type Facet,
  foldText,
  type HeadColumns,
  type StoredHead,
  type SummaryColumns,
} from "@agent-sessions/core/backend";
import type { SqlParameter, SqlRow } from "./postgres-driver.js";

/** A session as its row has it. It holds nothing but texts and numbers, so that it can be kept and read again. */
export interface SessionRow {
  /** Changes whenever the row is written, by whomever. Opaque. */
  readonly version: string;
  /** The number that its entries are filed under. */
  readonly transcript: number;
  /** Of the commit that wrote it. */
  readonly commitId: string;
  readonly columns: HeadColumns;
}

/** A row of `HEAD_COLUMNS` and the state; null when there is no session in it. */
export function readSessionRow(row: SqlRow): SessionRow | null {
  if (row[0] === null || row[0] === undefined) return null;
  const state = row[21] ?? null;
  return {
    version: String(row[0]),
    transcript: Number(row[1]),
    commitId: String(row[2]),
    columns: {
      ...readSummaryColumns(row),
      epoch: String(row[13]),
      previewSeq: Number(row[7]),
      extra: String(row[20]),
      state: state === null ? "{}" : String(state),
    },
  };
}

/** A row of `HEAD_COLUMNS`. */
export function readSummaryColumns(row: SqlRow): SummaryColumns {
  const parentMessageCount = row[8] ?? null;
  const parentId = row[16] ?? null;
  return {
    revision: Number(row[3]),
    messageCount: Number(row[4]),
    createdAt: toTime(row[5]),
    updatedAt: toTime(row[6]),
    parentMessageCount: parentMessageCount === null ? null : Number(parentMessageCount),
    pinned: row[9] === true,
    archived: row[10] === true,
    namespace: String(row[11]),
    id: String(row[12]),
    title: String(row[14]),
    preview: String(row[15]),
    parentId: parentId === null ? null : String(parentId),
    usage: String(row[17]),
    labels: String(row[18]),
    metadata: String(row[19]),
  };
}

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function headOf(row: SessionRow, location: string): StoredHead {
  return decodeHead(row.columns, faultOf(row.columns, location));
}

/** @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function summaryOf(columns: SummaryColumns, location: string): SessionSummary {
  return decodeSummary(columns, faultOf(columns, location));
}

/** What a head is written as, when it was not read. */
export function columnsOf(head: StoredHead): HeadColumns {
  return encodeHead(head);
}

/** The parameters from `p_created_at` to `p_extra`. */
export function coldParameters(columns: HeadColumns): readonly SqlParameter[] {
  const { createdAt, title, preview, previewSeq, labels, metadata, pinned, archived } = columns;
  return [
    ...[toMilliseconds(createdAt), title, foldText(title), preview, previewSeq, labels, metadata],
    ...[pinned, archived, columns.parentId, columns.parentMessageCount, columns.extra],
  ];
}

/** The longest facet that is filed as it is, in UTF-16 code units: an index row holds about 2,700 bytes. */
const MAX_FACET = 300;

/** The text that a facet is filed under: its JSON, or where that is long, a digest of it. */
export function facetKey(facet: Facet): string {
  const json = JSON.stringify(facet);
  return json.length <= MAX_FACET ? json : `sha256:${createHash("sha256").update(json).digest("base64url")}`;
}

/** The time that was asked for last: all of a commit are the same. */
let lastTime = "";
let lastMilliseconds = Number.NaN;

export function toMilliseconds(time: string): number {
  if (time !== lastTime) {
    lastMilliseconds = Date.parse(time);
    lastTime = time;
  }
  return lastMilliseconds;
}

export function toTime(milliseconds: unknown): string {
  return new Date(Number(milliseconds)).toISOString();
}

function faultOf({ namespace, id }: SummaryColumns, location: string): ColumnFault {
  return (column, reason, cause) => {
    const table = column === "state" ? "states" : "sessions";
    const position = `table ${table}, row (${JSON.stringify(namespace)}, ${JSON.stringify(id)}), column ${column}`;
    return new SessionCorruptedError(id, location, position, reason, { cause });
  };
}
