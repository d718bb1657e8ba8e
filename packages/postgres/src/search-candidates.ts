import {
  foldText,
  type ListPlan,
  positionOf,
  type SearchCandidate,
  type SearchPlan,
  type StoredEntry,
} from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { parseMessage } from "./entry-row.js";
import { toTime } from "./head-row.js";
import { Statement } from "./list-sql.js";
import { readRows, type SqlRow } from "./postgres-driver.js";
import { sqlState } from "./postgres-error.js";
import { MAX_INDEXED_BYTES } from "./schema.js";
import { hasTrigram, mayHold, plainPieces, titleHolds } from "./search-sql.js";
import type { ListedSession, SessionLister } from "./session-lister.js";
import { quoteText } from "./sql-text.js";

/** When more entries than this match, sorting them all by session would cost more than walking the sessions. */
const MAX_RARE = 2000;
/** How long the index is asked for rare words, in milliseconds; common ones it would gather in full. */
const RARE_TIMEOUT_MS = 250;
/** How many sessions are looked through at once while walking: few for the first hits, more when they let wait. */
const SESSIONS_PER_BATCH = { first: 64, later: 512 };
/** How many positions of a session are looked up at once. */
const POSITIONS_AT_ONCE = 128;
/** A fetch of entries ends with the first one beyond. */
const BYTES_PER_FETCH = 1024 * 1024;

/**
 * Proposes sessions and entries that may hold the words, newest session first. Rare words are looked up in the index, where there is
 * one; for all others the sessions are walked, and looked through by the server, until the caller has enough.
 */
export class SearchCandidates {
  readonly #database: Database;
  readonly #lister: SessionLister;

  constructor(database: Database, lister: SessionLister) {
    this.#database = database;
    this.#lister = lister;
  }

  async *find(namespace: string, plan: SearchPlan): AsyncGenerator<SearchCandidate, void, undefined> {
    // PostgreSQL takes no NUL in a text.
    const words = plan.words.flatMap((word) => word.split("\0")).filter((word) => word !== "");
    const rare = await this.#findRare(namespace, words);
    if (rare === null) yield* this.#walk(namespace, plan.filter, words);
    else yield* this.#ofRare(namespace, plan.filter, words, rare);
  }

  /** Positions by transcript; null when there is no index, or too much matches. */
  async #findRare(
    namespace: string,
    words: readonly string[],
  ): Promise<ReadonlyMap<number, number[]> | null> {
    const pieces = plainPieces(words);
    if (!hasTrigram(pieces)) return null;
    const { schema } = this.#database;
    const statement = new Statement();
    const select = `SELECT e.transcript, e.seq FROM ${schema}.entries e WHERE e.namespace = ${statement.take(namespace)}
      AND ${mayHold(pieces, (value) => statement.take(value))} AND octet_length(e.message)`;
    const text = `${select} <= ${MAX_INDEXED_BYTES} UNION ALL ${select} > ${MAX_INDEXED_BYTES} LIMIT ${MAX_RARE + 1}`;
    const rows = await this.#database.ifThere<readonly SqlRow[] | null>(
      undefined,
      () => this.#database.retrying(this.#database.retryDeadline(), () => this.#soon(text, statement)),
      [],
    );
    return rows === null || rows.length > MAX_RARE ? null : positionsIn(rows);
  }

  /** The rows of a query that has a search index and is quick; null otherwise. */
  async #soon(text: string, statement: Statement): Promise<readonly SqlRow[] | null> {
    const { schema } = this.#database;
    try {
      return await this.#database.transaction(async (client) => {
        const [[index] = []] = await readRows(
          client,
          `BEGIN; SET LOCAL statement_timeout = ${RARE_TIMEOUT_MS}; SELECT to_regclass(${quoteText(`${schema}.entries_search`)})::text`,
        );
        return index === null ? null : await readRows(client, text, statement.values);
      });
    } catch (error) {
      if (sqlState(error) === "57014") return null;
      throw error;
    }
  }

  async *#ofRare(
    namespace: string,
    filter: ListPlan,
    words: readonly string[],
    rare: ReadonlyMap<number, number[]>,
  ): AsyncGenerator<SearchCandidate, void, undefined> {
    const { schema } = this.#database;
    const transcripts = [...rare.keys()];
    const isCandidate = (statement: Statement): string => {
      const place = statement.take(`{${transcripts.join(",")}}`);
      // As an array, so that it is made once, and not for each session.
      return `s.id = ANY (ARRAY(
        SELECT t.id FROM ${schema}.transcripts t
        WHERE t.namespace = ${statement.take(namespace)} AND t.transcript = ANY (${place}::bigint[])
        UNION SELECT s.id FROM ${schema}.sessions s
        WHERE s.namespace = ${statement.take(namespace)} AND ${titleHolds(words, (value) => statement.take(value))}))`;
    };
    for await (const batch of this.#batches(namespace, filter, isCandidate)) {
      for (const { summary, transcript } of batch) {
        const seqs = (rare.get(transcript) ?? []).sort((a, b) => a - b);
        yield { summary, entries: this.#fetch(namespace, transcript, seqs) };
      }
    }
  }

  async *#walk(
    namespace: string,
    filter: ListPlan,
    words: readonly string[],
  ): AsyncGenerator<SearchCandidate, void, undefined> {
    for await (const batch of this.#batches(namespace, filter, null)) {
      const found = await this.#look(
        namespace,
        words,
        batch.map(({ transcript }) => transcript),
        0,
      );
      for (const session of batch) {
        const { transcript, summary } = session;
        const seqs = found.get(transcript) ?? [];
        const title = foldText(summary.title);
        if (seqs.length === 0 && !words.every((word) => title.includes(word))) continue;
        yield { summary, entries: this.#entriesOf(namespace, words, transcript, seqs) };
      }
    }
  }

  /** The first positions behind one that may match, by transcript. */
  async #look(
    namespace: string,
    words: readonly string[],
    transcripts: readonly number[],
    after: number,
  ): Promise<ReadonlyMap<number, number[]>> {
    const { schema } = this.#database;
    const statement = new Statement();
    const take = (value: string | number): string => statement.take(value);
    const text = `SELECT g.transcript, f.seq FROM unnest(${take(`{${transcripts.join(",")}}`)}::bigint[]) AS g (transcript)
      CROSS JOIN LATERAL (SELECT e.seq FROM ${schema}.entries e WHERE e.namespace = ${take(namespace)} AND e.transcript = g.transcript
        AND e.seq > ${take(after)} AND ${mayHold(plainPieces(words), take)} ORDER BY e.seq LIMIT ${POSITIONS_AT_ONCE}) f`;
    return positionsIn(await this.#database.readVaried(text, statement.values));
  }

  /** The entries that were found with the session, and those that are found beyond. */
  async *#entriesOf(
    namespace: string,
    words: readonly string[],
    transcript: number,
    first: readonly number[],
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let seqs = first;
    for (;;) {
      yield* this.#fetch(namespace, transcript, seqs);
      const last = seqs.at(-1);
      if (last === undefined || seqs.length < POSITIONS_AT_ONCE) return;
      seqs = (await this.#look(namespace, words, [transcript], last)).get(transcript) ?? [];
    }
  }

  /** Entries by position; one that is gone or unreadable is passed over. */
  async *#fetch(
    namespace: string,
    transcript: number,
    seqs: readonly number[],
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    const text = `SELECT p.seq, p.at, p.message FROM (
        SELECT e.seq, e.at, e.message, sum(octet_length(e.message)) OVER (ORDER BY e.seq) - octet_length(e.message) AS bytes_before
        FROM ${this.#database.schema}.entries e WHERE e.namespace = $1 AND e.transcript = $2 AND e.seq = ANY ($3::bigint[])
      ) p WHERE p.bytes_before < ${BYTES_PER_FETCH} ORDER BY p.seq`;
    let left = seqs;
    while (left.length > 0) {
      const rows = await this.#database.read(text, [namespace, transcript, `{${left.join(",")}}`]);
      const last = Number(rows.at(-1)?.[0] ?? Number.POSITIVE_INFINITY);
      left = left.filter((seq) => seq > last);
      const entries = rows.map(toEntry).filter((entry) => entry !== null);
      if (entries.length > 0) yield entries;
    }
  }

  /** The readable sessions that pass the filter, newest first. */
  async *#batches(
    namespace: string,
    filter: ListPlan,
    condition: ((statement: Statement) => string) | null,
  ): AsyncGenerator<readonly ListedSession[], void, undefined> {
    let plan: ListPlan = { ...filter, limit: SESSIONS_PER_BATCH.first };
    for (;;) {
      const { sessions, hasMore } = await this.#lister.select(namespace, plan, condition);
      if (sessions.length > 0) yield sessions;
      const last = sessions.at(-1);
      if (!hasMore || last === undefined) return;
      plan = { ...plan, limit: SESSIONS_PER_BATCH.later, after: positionOf(plan, last.summary) };
    }
  }
}

function positionsIn(rows: readonly SqlRow[]): ReadonlyMap<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [transcript, seq] of rows) {
    const seqs = found.get(Number(transcript));
    if (seqs === undefined) found.set(Number(transcript), [Number(seq)]);
    else seqs.push(Number(seq));
  }
  return found;
}

function toEntry([seq, at, json]: SqlRow): StoredEntry | null {
  const message = parseMessage(String(json));
  return message === null ? null : { seq: Number(seq), at: toTime(at), message };
}
