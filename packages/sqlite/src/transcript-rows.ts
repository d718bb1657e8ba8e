import type { JsonObject } from "@agent-sessions/core";
import type { StoredEntry } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { ENTRY_PK, SEARCH_TABLE } from "./schema.js";
import { searchTextOf, searchTextOfTitle } from "./search-text.js";
import type { SqlConnection } from "./sql-connection.js";

const INSERT_ENTRY = `INSERT INTO agent_sessions_entries (pk, at, message) VALUES (${ENTRY_PK}, ?, ?)`;
const INSERT_SEARCH = `INSERT INTO ${SEARCH_TABLE} (rowid, text) VALUES (${ENTRY_PK}, ?)`;
const DELETE_SEARCH = `DELETE FROM ${SEARCH_TABLE} WHERE rowid = ${ENTRY_PK}`;
/** The position that the index files a session's title under. */
const TITLE_SEQ = 0;

/** A number that no transcript has had yet. */
export function newTranscript(sql: SqlConnection): number {
  const [transcript] =
    sql.row(
      "UPDATE agent_sessions_store SET next_transcript = next_transcript + 1 RETURNING next_transcript - 1",
    ) ?? [];
  if (typeof transcript !== "number") throw new Error("The store's row is missing.");
  return transcript;
}

/** Adds one entry, with its row in the search index. */
export function insertEntry({ sql, hasSearch }: OpenDatabase, transcript: number, entry: StoredEntry): void {
  sql.run(INSERT_ENTRY, transcript, entry.seq, entry.at, JSON.stringify(entry.message));
  if (hasSearch) indexMessage(sql, transcript, entry.seq, entry.message);
}

export function indexMessage(sql: SqlConnection, transcript: number, seq: number, message: JsonObject): void {
  sql.run(INSERT_SEARCH, transcript, seq, searchTextOf(message));
}

/** Makes the index hold this title of a transcript's session and no other; "" is not indexed. */
export function indexTitle(
  { sql, hasSearch }: OpenDatabase,
  transcript: number,
  title: string,
  isNew: boolean,
): void {
  if (!hasSearch) return;
  if (!isNew) sql.run(DELETE_SEARCH, transcript, TITLE_SEQ);
  if (title !== "") sql.run(INSERT_SEARCH, transcript, TITLE_SEQ, searchTextOfTitle(title));
}

/**
 * Deletes the entries of a transcript from position `first` on.
 *
 * @param mayGoOn asked after each; false ends the work early
 * @returns whether none is left
 */
export function deleteEntries(
  { sql, hasSearch }: OpenDatabase,
  transcript: number,
  first: number,
  mayGoOn: () => boolean = () => true,
): boolean {
  const select = `SELECT pk & 4294967295 FROM agent_sessions_entries
    WHERE pk >= ${ENTRY_PK} AND pk < ((? + 1) << 32) ORDER BY pk LIMIT 64`;
  for (;;) {
    const rows = sql.rows(select, transcript, first, transcript);
    for (const [seq] of rows) {
      if (typeof seq !== "number") continue;
      if (hasSearch) sql.run(DELETE_SEARCH, transcript, seq);
      sql.run(`DELETE FROM agent_sessions_entries WHERE pk = ${ENTRY_PK}`, transcript, seq);
      if (!mayGoOn()) return false;
    }
    if (rows.length < 64) return true;
  }
}

/** Deletes what a transcript without a session leaves: its entries and its title in the index. */
export function deleteTranscript(
  database: OpenDatabase,
  transcript: number,
  mayGoOn?: () => boolean,
): boolean {
  if (!deleteEntries(database, transcript, 1, mayGoOn)) return false;
  indexTitle(database, transcript, "", false);
  return true;
}

/** Takes all of a transcript out of the index, whatever is left of its entries. */
export function unindexTranscript({ sql, hasSearch }: OpenDatabase, transcript: number): void {
  if (!hasSearch) return;
  const indexed = `SELECT id & 4294967295 FROM ${SEARCH_TABLE}_docsize WHERE id >= (? << 32) AND id < ((? + 1) << 32)`;
  for (const seq of sql.column(indexed, transcript, transcript)) sql.run(DELETE_SEARCH, transcript, seq);
}
