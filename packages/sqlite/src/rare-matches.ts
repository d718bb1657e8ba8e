import type { OpenDatabase } from "./database-handle.js";
import { nextTurn } from "./next-turn.js";
import { indexReach } from "./search-renewal.js";
import { findInRange, selectFirstMatches } from "./search-rows.js";
import { type TrigramRange, toMatchQuery, trigramRanges } from "./search-text.js";
import type { SqlRow } from "./sql-database.js";
import type { Transactions } from "./transactions.js";

/** When more rows than this match, sorting them all by session would cost more than walking the sessions. */
const MAX_ROWS = 2000;
/** So many short words are looked up at most, in the hope that one of them is rare. */
const MAX_RANGES = 4;

const SELECT_MATCHES = selectFirstMatches(MAX_ROWS + 1);

/** The positions that may match, by transcript; position 0 is the title. */
export type RareMatches = ReadonlyMap<number, readonly number[]>;

/**
 * Where all of the words may stand: by the trigrams of the longer ones, or by those that begin with a short one. Null when there is no
 * index, or no word is rare.
 */
export async function findRareMatches(
  transactions: Transactions,
  words: readonly string[],
): Promise<RareMatches | null> {
  const match = toMatchQuery(words);
  if (match !== null) {
    const found = await readAtOnce(transactions, (database) => matching(database, match));
    if (found !== null) return found;
  }
  for (const range of trigramRanges(words).slice(0, MAX_RANGES)) {
    const found = await readAtOnce(transactions, (database) => inRange(database, range));
    if (found !== null) return found;
    await nextTurn();
  }
  return null;
}

/** In one snapshot, so that the index is as its reach was said to be. */
async function readAtOnce(
  transactions: Transactions,
  find: (database: OpenDatabase) => RareMatches | null,
): Promise<RareMatches | null> {
  return await transactions.read((database) => database.sql.snapshot(() => find(database)), null);
}

function matching(database: OpenDatabase, match: string): RareMatches | null {
  if (indexReach(database) === "nothing") return null;
  const rows = database.sql.rows(SELECT_MATCHES, match);
  return rows.length > MAX_ROWS ? null : byTranscript(rows);
}

function inRange(database: OpenDatabase, { first, last }: TrigramRange): RareMatches | null {
  if (indexReach(database) !== "all words") return null;
  const rows = findInRange(database.sql, first, last, MAX_ROWS);
  return rows === null ? null : byTranscript(rows);
}

function byTranscript(rows: readonly SqlRow[]): RareMatches {
  const found = new Map<number, number[]>();
  for (const [transcript, seq] of rows) {
    if (typeof transcript !== "number" || typeof seq !== "number") continue;
    const seqs = found.get(transcript);
    if (seqs === undefined) found.set(transcript, [seq]);
    else seqs.push(seq);
  }
  return found;
}
