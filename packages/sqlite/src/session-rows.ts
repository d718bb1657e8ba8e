import { type Commit, facetsOf, type SessionKey, type StoredHead } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { coldValues, hotValues, type SessionRow } from "./head-row.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlValue } from "./sql-database.js";
import { runSteps, type Steps } from "./steps.js";
import {
  deleteEntries,
  deleteTranscript,
  indexTitle,
  insertEntries,
  newTranscript,
} from "./transcript-rows.js";

/** How many operations a session remembers; the contract asks for 100. */
const REMEMBERED_OPERATIONS = 128;
/** Transcripts up to this length are deleted in the transaction that drops them; longer ones are left to the sweeper. */
const MAX_DELETED_AT_ONCE = 256;

/** Whether there is a row under the key, readable or not. */
export function hasSession(sql: SqlConnection, key: SessionKey): boolean {
  const find = "SELECT 1 FROM agent_sessions_sessions WHERE namespace = ? AND id = ?";
  return sql.row(find, key.namespace, key.id) !== undefined;
}

export function findOperation(sql: SqlConnection, sessionPk: number, operationId: string): string | null {
  const find = "SELECT fingerprint FROM agent_sessions_operations WHERE session_pk = ? AND id = ?";
  const [fingerprint] = sql.cells(find, sessionPk, operationId);
  return typeof fingerprint === "string" ? fingerprint : null;
}

/** Writes a commit. Returns whether it freed space, or left entries to the sweeper. */
export function* applyCommit(
  database: OpenDatabase,
  present: SessionRow | null,
  commit: Commit,
): Steps<boolean> {
  const { sql } = database;
  const { head, keep, entries, operation } = commit;
  const isCut = present !== null && keep < present.head.messageCount;
  let pk: number;
  let transcript: number;
  if (present === null) {
    transcript = newTranscript(sql);
    pk = insertSession(database, transcript, head);
  } else {
    ({ pk, transcript } = present);
    const replaced = keep === 0 && present.head.messageCount > MAX_DELETED_AT_ONCE;
    if (replaced) {
      transcript = newTranscript(sql);
      dropTranscript(database, present);
    } else if (isCut) {
      yield* deleteEntries(database, transcript, keep + 1);
    }
    if (replaced || commit.headChanged) updateSession(database, present, transcript, head);
    else updateCounters(sql, present, head);
  }
  yield* insertEntries(database, transcript, entries);
  if (operation !== null) remember(sql, pk, head.revision, operation);
  return isCut;
}

/** Inserts a session and returns its key in the database. */
export function insertSession(database: OpenDatabase, transcript: number, head: StoredHead): number {
  const { sql } = database;
  const values = {
    namespace: head.namespace,
    id: head.id,
    transcript,
    ...hotValues(head),
    ...coldValues(head),
  };
  const columns = Object.keys(values);
  const [pk] = sql.cells(
    `INSERT INTO agent_sessions_sessions (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")}) RETURNING pk`,
    ...Object.values(values),
  );
  if (typeof pk !== "number") throw new Error("SQLite returned no key for a new session.");
  insertFacets(sql, pk, head);
  writeState(sql, pk, head, true);
  indexTitle(database, transcript, head.title, true);
  return pk;
}

/** Writes a whole head over a session's row; columns that a newer version added keep their value. */
export function updateSession(
  database: OpenDatabase,
  present: SessionRow,
  transcript: number,
  head: StoredHead,
): void {
  const { sql } = database;
  setColumns(sql, present.pk, { transcript, ...hotValues(head), ...coldValues(head) });
  const before = facetsOf(present.head);
  if (JSON.stringify(before) !== JSON.stringify(facetsOf(head))) {
    sql.run("DELETE FROM agent_sessions_facets WHERE session_pk = ?", present.pk);
    insertFacets(sql, present.pk, head);
  }
  if (head.state !== present.head.state) writeState(sql, present.pk, head, false);
  const isNewTranscript = transcript !== present.transcript;
  if (isNewTranscript || head.title !== present.head.title) {
    indexTitle(database, transcript, head.title, isNewTranscript);
  }
}

const SET_COUNTERS =
  "UPDATE agent_sessions_sessions SET epoch = ?, revision = ?, message_count = ?, updated_at = ?";
const UPDATE_COUNTERS = `${SET_COUNTERS} WHERE pk = ?`;
const UPDATE_COUNTERS_AND_USAGE = `${SET_COUNTERS}, usage = ? WHERE pk = ?`;

/** What a plain append changes, and no more: the text of `usage` only where it differs, because an index looks at it. */
function updateCounters(sql: SqlConnection, { pk, head: before }: SessionRow, head: StoredHead): void {
  const { epoch, revision, messageCount, updatedAt } = head;
  const usage = head.usage === before.usage ? null : JSON.stringify(head.usage);
  if (usage === null) sql.run(UPDATE_COUNTERS, epoch, revision, messageCount, updatedAt, pk);
  else sql.run(UPDATE_COUNTERS_AND_USAGE, epoch, revision, messageCount, updatedAt, usage, pk);
}

/** Removes the session's row and all that hangs on it; false when there is none. Many entries are left to the sweeper. */
export function deleteSession(database: OpenDatabase, key: SessionKey): boolean {
  const { sql } = database;
  // Reads nothing but numbers: a damaged row can be deleted too.
  const find =
    "SELECT pk, transcript, message_count FROM agent_sessions_sessions WHERE namespace = ? AND id = ?";
  const [pk, transcript, messageCount] = sql.cells(find, key.namespace, key.id);
  if (typeof pk !== "number" || typeof transcript !== "number") return false;
  // By hand and not by foreign key alone: a connection that the caller opened may not enforce those.
  for (const table of ["facets", "operations", "states"]) {
    sql.run(`DELETE FROM agent_sessions_${table} WHERE session_pk = ?`, pk);
  }
  sql.run("DELETE FROM agent_sessions_sessions WHERE pk = ?", pk);
  if (Number(messageCount) <= MAX_DELETED_AT_ONCE) runSteps(deleteTranscript(database, transcript));
  else leaveToSweeper(sql, transcript, null);
  return true;
}

/** Takes the entries away from a session that gets a new transcript; many are left to the sweeper. */
export function dropTranscript(database: OpenDatabase, { transcript, head }: SessionRow): void {
  if (head.messageCount <= MAX_DELETED_AT_ONCE) runSteps(deleteTranscript(database, transcript));
  else leaveToSweeper(database.sql, transcript, null);
}

/** @param stagedBy the token of the writer that is still filling it; null: it is to be swept */
export function leaveToSweeper(sql: SqlConnection, transcript: number, stagedBy: string | null): void {
  sql.run(
    "INSERT OR REPLACE INTO agent_sessions_leftovers (transcript, staged_by) VALUES (?, ?)",
    transcript,
    stagedBy,
  );
}

export function forgetOperations(sql: SqlConnection, sessionPk: number): void {
  sql.run("DELETE FROM agent_sessions_operations WHERE session_pk = ?", sessionPk);
}

function remember(
  sql: SqlConnection,
  sessionPk: number,
  revision: number,
  operation: { readonly id: string; readonly fingerprint: string },
): void {
  sql.run(
    "INSERT OR REPLACE INTO agent_sessions_operations (session_pk, revision, id, fingerprint) VALUES (?, ?, ?, ?)",
    sessionPk,
    revision,
    operation.id,
    operation.fingerprint,
  );
  sql.run(
    `DELETE FROM agent_sessions_operations WHERE session_pk = ? AND revision <= (
       SELECT revision FROM agent_sessions_operations WHERE session_pk = ? ORDER BY revision DESC LIMIT 1 OFFSET ?)`,
    sessionPk,
    sessionPk,
    REMEMBERED_OPERATIONS,
  );
}

export function insertFacets(
  sql: SqlConnection,
  pk: number,
  head: Pick<StoredHead, "namespace" | "labels" | "metadata">,
): void {
  for (const [kind, key, value] of facetsOf(head)) {
    const insert =
      "INSERT INTO agent_sessions_facets (namespace, kind, key, value, session_pk) VALUES (?, ?, ?, ?, ?)";
    sql.run(insert, head.namespace, kind, key, value, pk);
  }
}

function writeState(sql: SqlConnection, pk: number, { state }: StoredHead, isNew: boolean): void {
  const json = JSON.stringify(state);
  if (json !== "{}") {
    sql.run("INSERT OR REPLACE INTO agent_sessions_states (session_pk, state) VALUES (?, ?)", pk, json);
  } else if (!isNew) {
    sql.run("DELETE FROM agent_sessions_states WHERE session_pk = ?", pk);
  }
}

function setColumns(sql: SqlConnection, pk: number, values: Readonly<Record<string, SqlValue>>): void {
  const assignments = Object.keys(values).map((column) => `${column} = ?`);
  sql.run(
    `UPDATE agent_sessions_sessions SET ${assignments.join(", ")} WHERE pk = ?`,
    ...Object.values(values),
    pk,
  );
}
