import { SEARCH_TABLE, TRIGRAM_TABLE } from "./schema.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlRow } from "./sql-database.js";

/** The position that the index files a session's title under. */
export const TITLE_SEQ = 0;

/*
 * A row of the index is numbered block × 32 + position in the block. The numbers are dense that way, which halves the index: it stores
 * the distance from each match of a trigram to the next, and between two transcripts a number made of both takes five bytes more.
 */
const BLOCK_BITS = 5;
const BLOCK_ROWS = 2 ** BLOCK_BITS;
const IN_BLOCK = BLOCK_ROWS - 1;
/** The position of a row of the index; `b` is its block. */
const SEQ = `((b.part << ${BLOCK_BITS}) | (d.id & ${IN_BLOCK}))`;

const ROWID_OF = `SELECT (block << ${BLOCK_BITS}) | ? FROM agent_sessions_search_blocks WHERE transcript = ? AND part = ?`;
const FIND_BLOCK = "SELECT block FROM agent_sessions_search_blocks WHERE transcript = ? AND part = ?";
/*
 * Of one row, and not INSERT ... SELECT: a statement that may write several rows opens a savepoint, at which the engine writes all that it
 * has gathered in memory, so that each message would be a sorted run of its own.
 */
const INSERT_TEXT = `INSERT INTO ${SEARCH_TABLE} (rowid, text) VALUES ((? << ${BLOCK_BITS}) | ?, ?)`;
const INSERT_BLOCK = "INSERT INTO agent_sessions_search_blocks (transcript, part) VALUES (?, ?)";
const DELETE_BLOCKS = "DELETE FROM agent_sessions_search_blocks WHERE transcript = ?";
const DELETE_TEXT = `DELETE FROM ${SEARCH_TABLE} WHERE rowid = (${ROWID_OF})`;
const DELETE_ROW = `DELETE FROM ${SEARCH_TABLE} WHERE rowid = ?`;

/** The rows of one transcript that the index has. `_docsize` is the engine's own list of them. */
const FROM_ROWS_OF = `FROM agent_sessions_search_blocks b CROSS JOIN ${SEARCH_TABLE}_docsize d
  ON d.id BETWEEN (b.block << ${BLOCK_BITS}) AND ((b.block << ${BLOCK_BITS}) | ${IN_BLOCK}) WHERE b.transcript = ?`;
const COUNT_ROWS = `SELECT count(*) ${FROM_ROWS_OF} AND b.part BETWEEN ? AND ? AND ${SEQ} BETWEEN ? AND ?`;
const SELECT_ROWS = `SELECT d.id ${FROM_ROWS_OF}`;
/** Rows in windows, with how many of each window have no block. */
const SELECT_ASTRAY = `SELECT max(id), sum(NOT EXISTS (SELECT 1 FROM agent_sessions_search_blocks WHERE block = id >> ${BLOCK_BITS}))
  FROM (SELECT id FROM ${SEARCH_TABLE}_docsize WHERE id > ? ORDER BY id LIMIT 4096)`;
const SELECT_ASTRAY_IDS = `SELECT id FROM ${SEARCH_TABLE}_docsize WHERE id > ? AND id <= ?
  AND NOT EXISTS (SELECT 1 FROM agent_sessions_search_blocks WHERE block = id >> ${BLOCK_BITS})`;

/** Transcript and position of the first rows that match. */
export function selectFirstMatches(limit: number): string {
  return `SELECT b.transcript, (b.part << ${BLOCK_BITS}) | (s.rowid & ${IN_BLOCK})
    FROM (SELECT rowid FROM ${SEARCH_TABLE} WHERE ${SEARCH_TABLE} MATCH ? LIMIT ${limit}) s
    CROSS JOIN agent_sessions_search_blocks b ON b.block = s.rowid >> ${BLOCK_BITS}`;
}

/** So many places in the index are looked at for a short word, which may stand in several trigrams of a text: 2 ms. */
const MAX_PLACES = 4096;
const SELECT_PLACES = `SELECT doc FROM ${TRIGRAM_TABLE} WHERE term BETWEEN ? AND ? LIMIT ${MAX_PLACES}`;
const SELECT_TEXTS = `SELECT b.transcript, (b.part << ${BLOCK_BITS}) | (r.value & ${IN_BLOCK})
  FROM json_each(?) r CROSS JOIN agent_sessions_search_blocks b ON b.block = r.value >> ${BLOCK_BITS}`;

/** Transcript and position of all rows with a trigram between two, both included; null when they are more than `limit`, or in too many places. In a snapshot. */
export function findInRange(
  sql: SqlConnection,
  first: string,
  last: string,
  limit: number,
): readonly SqlRow[] | null {
  const places = sql.column(SELECT_PLACES, first, last);
  if (places.length === MAX_PLACES) return null;
  const rowids = [...new Set(places)];
  return rowids.length > limit ? null : sql.rows(SELECT_TEXTS, JSON.stringify(rowids));
}

const SELECT_BLOCKS = `SELECT block, part FROM agent_sessions_search_blocks
  WHERE transcript = ? AND part >= ? ORDER BY part LIMIT 1024`;
const SELECT_MATCHES = `SELECT rowid FROM ${SEARCH_TABLE}
  WHERE ${SEARCH_TABLE} MATCH ? AND rowid BETWEEN (? << ${BLOCK_BITS}) AND ((? << ${BLOCK_BITS}) | ${IN_BLOCK}) LIMIT ?`;

export function insertText(sql: SqlConnection, transcript: number, seq: number, text: string): void {
  const part = seq >> BLOCK_BITS;
  let [block] = sql.column(FIND_BLOCK, transcript, part);
  if (block === undefined) {
    sql.run(INSERT_BLOCK, transcript, part);
    [block = null] = sql.column(FIND_BLOCK, transcript, part);
  }
  sql.run(INSERT_TEXT, block, seq & IN_BLOCK, text);
}

export function deleteText(sql: SqlConnection, transcript: number, seq: number): void {
  sql.run(DELETE_TEXT, seq & IN_BLOCK, transcript, seq >> BLOCK_BITS);
}

/** Forgets which blocks a transcript had; its rows must be gone. */
export function deleteBlocks(sql: SqlConnection, transcript: number): void {
  sql.run(DELETE_BLOCKS, transcript);
}

/** Takes all of a transcript out of the index, whatever is left of its entries. */
export function deleteTexts(sql: SqlConnection, transcript: number): void {
  for (const id of sql.column(SELECT_ROWS, transcript)) sql.run(DELETE_ROW, id);
  deleteBlocks(sql, transcript);
}

export function hasText(sql: SqlConnection, transcript: number, seq: number): boolean {
  return countTexts(sql, transcript, seq, seq) > 0;
}

/** How many of these positions the index has. */
export function countTexts(sql: SqlConnection, transcript: number, first: number, last: number): number {
  const [from, to] = [first >> BLOCK_BITS, last >> BLOCK_BITS];
  const [rows] = sql.cells(COUNT_ROWS, transcript, from, to, first, last);
  return Number(rows);
}

/** Rows of the index that follow one another, and the positions of a transcript that they are of. */
export interface SearchBlock {
  readonly transcript: number;
  readonly firstRowid: number;
  readonly first: number;
  readonly last: number;
}

const SELECT_BLOCK_UP_TO = `SELECT block, transcript, part FROM agent_sessions_search_blocks
  WHERE block <= ? >> ${BLOCK_BITS} ORDER BY block DESC LIMIT 1`;

/** The last block with rows up to a number, cut off there; null when there is none. */
export function findBlockUpTo(sql: SqlConnection, lastRowid: number): SearchBlock | null {
  const [block, transcript, part] = sql.cells(SELECT_BLOCK_UP_TO, lastRowid);
  if (typeof block !== "number" || typeof transcript !== "number" || typeof part !== "number") return null;
  const firstRowid = block * BLOCK_ROWS;
  const first = part * BLOCK_ROWS;
  return { transcript, firstRowid, first, last: first + Math.min(lastRowid - firstRowid, IN_BLOCK) };
}

/** Looks at the rows behind `after`: how many of them belong to no transcript, and where to go on; null at the end. */
export function findAstray(
  sql: SqlConnection,
  after: number,
): { readonly last: number; readonly count: number } | null {
  const [last, count]: SqlRow = sql.cells(SELECT_ASTRAY, after);
  return typeof last === "number" ? { last, count: Number(count) } : null;
}

/** Removes the rows behind `after`, up to `last`, that belong to no transcript. */
export function deleteAstray(sql: SqlConnection, after: number, last: number): void {
  for (const id of sql.column(SELECT_ASTRAY_IDS, after, last)) sql.run(DELETE_ROW, id);
}

/** Pages of the index that a merge writes at once: a few milliseconds, and where most rows were deleted, several times that. */
const MERGED_PAGES = 16;
const TOTAL_CHANGES = "SELECT total_changes()";
const MERGE = `INSERT INTO ${SEARCH_TABLE} (${SEARCH_TABLE}, rank) VALUES ('merge', ${MERGED_PAGES})`;

/** Merges a little of the index; false when there was nothing to merge. */
export function mergeTexts(sql: SqlConnection): boolean {
  const [before] = sql.cells(TOTAL_CHANGES);
  sql.run(MERGE);
  const [after] = sql.cells(TOTAL_CHANGES);
  // The command itself counts as one.
  return Number(after) - Number(before) > 1;
}

/** Matches in some of the blocks that follow one another from a position on. */
export interface MatchesInRun {
  /** Positions. */
  readonly seqs: readonly number[];
  /** The position behind the last one that was looked at; null at the transcript's end. */
  readonly next: number | null;
}

/**
 * The matches of a transcript from position `first` on, as far as its blocks follow one another in the index; null where that is so
 * short a way that to look at the messages themselves is cheaper.
 */
export function matchesFrom(
  sql: SqlConnection,
  match: string,
  transcript: number,
  first: number,
  limit: number,
): MatchesInRun | null {
  const blocks = sql.rows(SELECT_BLOCKS, transcript, first >> BLOCK_BITS);
  const [block, part] = (blocks[0] ?? []).map(Number);
  if (block === undefined || part === undefined) return { seqs: [], next: null };
  let length = 1;
  while (Number(blocks[length]?.[0]) === block + length && Number(blocks[length]?.[1]) === part + length)
    length++;
  const isLast = length === blocks.length && blocks.length < 1024;
  if (length < 4 && !isLast) return null;
  const rowids = sql.column(SELECT_MATCHES, match, block, block + length - 1, limit).map(Number);
  const seqs = rowids.map((rowid) => rowid + (part - block) * BLOCK_ROWS).filter((seq) => seq >= first);
  if (rowids.length === limit) return { seqs, next: (seqs.at(-1) ?? first) + 1 };
  return { seqs, next: isLast ? null : (part + length) * BLOCK_ROWS };
}
