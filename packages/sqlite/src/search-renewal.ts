import type { OpenDatabase } from "./database-handle.js";
import { STORE_TABLE } from "./schema.js";
import { findBlockUpTo, hasText, insertText, type SearchBlock, TITLE_SEQ } from "./search-rows.js";
import { searchTextOfJson, searchTextOfTitle } from "./search-text.js";
import type { SqlConnection } from "./sql-connection.js";

const SELECT_MAJOR = `SELECT major FROM ${STORE_TABLE}`;
const SELECT_DUE = `SELECT search_rows_due FROM ${STORE_TABLE}`;
const UPDATE_DUE = `UPDATE ${STORE_TABLE} SET search_rows_due = ?`;
const SELECT_TITLE = "SELECT title FROM agent_sessions_sessions WHERE transcript = ?";
const SELECT_MESSAGE = "SELECT message FROM agent_sessions_entries WHERE pk = ((? << 32) | ?)";

/** What the index finds: words with a trigram only, in a database of version 1, and nothing for certain while it is being made anew. */
export type IndexReach = "nothing" | "long words" | "all words";

/** To be asked in the same snapshot as the index: another process may be bringing the database to a later version. */
export function indexReach({ sql, hasSearch }: OpenDatabase): IndexReach {
  if (!hasSearch) return "nothing";
  if (Number(sql.value(SELECT_MAJOR)) < 2) return "long words";
  return rowsDue(sql) === 0 ? "all words" : "nothing";
}

/**
 * Goes on with an index that is being made anew: files texts that it does not have, until the time is over. Inside a write transaction.
 *
 * @param endsAt `performance.now()`; one position is looked at in any case
 * @returns whether there was anything to do
 */
export function renewIndex({ sql, hasSearch }: OpenDatabase, endsAt: number): boolean {
  let due = hasSearch ? rowsDue(sql) : 0;
  if (due === 0) return false;
  do {
    const block = findBlockUpTo(sql, due);
    due = block === null ? 0 : renewBlock(sql, block, endsAt);
  } while (due > 0 && performance.now() < endsAt);
  sql.run(UPDATE_DUE, due);
  return true;
}

function rowsDue(sql: SqlConnection): number {
  return Number(sql.value(SELECT_DUE));
}

/** Files the texts of a block from the last one backwards, and returns the number of the row to go on from. */
function renewBlock(
  sql: SqlConnection,
  { transcript, firstRowid, first, last }: SearchBlock,
  endsAt: number,
): number {
  for (let seq = last; seq >= first; seq--) {
    if (!hasText(sql, transcript, seq)) fileText(sql, transcript, seq);
    if (performance.now() >= endsAt) return firstRowid + (seq - first) - 1;
  }
  return firstRowid - 1;
}

/** A message that cannot be read is filed as nothing, so that it is counted; what is not there is not filed. */
function fileText(sql: SqlConnection, transcript: number, seq: number): void {
  const isTitle = seq === TITLE_SEQ;
  const stored = isTitle ? sql.value(SELECT_TITLE, transcript) : sql.value(SELECT_MESSAGE, transcript, seq);
  if (typeof stored !== "string" || (isTitle && stored === "")) return;
  insertText(sql, transcript, seq, isTitle ? searchTextOfTitle(stored) : searchTextOfJson(stored));
}
