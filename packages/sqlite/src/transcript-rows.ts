import type { JsonObject } from "@agent-sessions/core";
import type { StoredEntry } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { ENTRY_PK } from "./schema.js";
import { deleteBlocks, deleteText, deleteTexts, insertText, TITLE_SEQ } from "./search-rows.js";
import { searchTextOf, searchTextOfTitle } from "./search-text.js";
import type { SqlConnection } from "./sql-connection.js";
import type { Steps } from "./steps.js";

const INSERT_ENTRY = `INSERT INTO agent_sessions_entries (pk, at, message) VALUES (${ENTRY_PK}, ?, ?)`;

/** A number that no transcript has had yet. */
export function newTranscript(sql: SqlConnection): number {
  const [transcript] = sql.cells(
    "UPDATE agent_sessions_store SET next_transcript = next_transcript + 1 RETURNING next_transcript - 1",
  );
  if (typeof transcript !== "number") throw new Error("The store's row is missing.");
  return transcript;
}

/** Adds entries, with their rows in the search index. */
export function* insertEntries(
  database: OpenDatabase,
  transcript: number,
  entries: readonly StoredEntry[],
): Steps<void> {
  for (const entry of entries) {
    insertEntry(database, transcript, entry);
    yield;
  }
}

/** Adds one entry, with its row in the search index. */
export function insertEntry({ sql, hasSearch }: OpenDatabase, transcript: number, entry: StoredEntry): void {
  sql.run(INSERT_ENTRY, transcript, entry.seq, entry.at, JSON.stringify(entry.message));
  if (hasSearch) indexMessage(sql, transcript, entry.seq, entry.message);
}

export function indexMessage(sql: SqlConnection, transcript: number, seq: number, message: JsonObject): void {
  insertText(sql, transcript, seq, searchTextOf(message));
}

/** Makes the index hold this title of a transcript's session and no other; "" is not indexed. */
export function indexTitle(
  { sql, hasSearch }: OpenDatabase,
  transcript: number,
  title: string,
  isNew: boolean,
): void {
  if (!hasSearch) return;
  if (!isNew) deleteText(sql, transcript, TITLE_SEQ);
  if (title !== "") insertText(sql, transcript, TITLE_SEQ, searchTextOfTitle(title));
}

/** Deletes the entries of a transcript from position `first` on. */
export function* deleteEntries(
  { sql, hasSearch }: OpenDatabase,
  transcript: number,
  first: number,
): Steps<void> {
  const select = `SELECT pk & 4294967295 FROM agent_sessions_entries
    WHERE pk >= ${ENTRY_PK} AND pk < ((? + 1) << 32) ORDER BY pk LIMIT 64`;
  for (;;) {
    const seqs = sql.column(select, transcript, first, transcript).map(Number);
    for (const seq of seqs) {
      if (hasSearch) deleteText(sql, transcript, seq);
      sql.run(`DELETE FROM agent_sessions_entries WHERE pk = ${ENTRY_PK}`, transcript, seq);
      yield;
    }
    if (seqs.length < 64) return;
  }
}

/** Deletes what a transcript without a session leaves: its entries and its title in the index. */
export function* deleteTranscript(database: OpenDatabase, transcript: number): Steps<void> {
  yield* deleteEntries(database, transcript, 1);
  indexTitle(database, transcript, "", false);
  if (database.hasSearch) deleteBlocks(database.sql, transcript);
}

/** Takes all of a transcript out of the index, whatever is left of its entries. */
export function unindexTranscript({ sql, hasSearch }: OpenDatabase, transcript: number): void {
  if (hasSearch) deleteTexts(sql, transcript);
}
