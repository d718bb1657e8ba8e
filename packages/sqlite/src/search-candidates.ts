import {
  foldText,
  type SearchCandidate,
  type SearchPlan,
  type StoredEntry,
} from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { MAX_SIEVED_BYTES, sieveFor } from "./message-sieve.js";
import { nextTurn } from "./next-turn.js";
import { findRareMatches } from "./rare-matches.js";
import { indexReach } from "./search-renewal.js";
import { matchesFrom } from "./search-rows.js";
import { parseMessage, toMatchQuery } from "./search-text.js";
import type { ListedSession, SessionLister } from "./session-lister.js";
import type { SqlConnection } from "./sql-connection.js";
import type { Transactions } from "./transactions.js";

/** How many sessions are listed at once while walking: few for the first hits, more when they let wait. */
const SESSIONS_PER_BATCH = { first: 64, later: 512 };
/** Transcripts beyond this length are asked of the index; looking through a shorter one is cheaper. */
const MAX_LOOKED_THROUGH = 256;
/** Messages looked through at once: of the largest ones that are, about 4 MiB. */
const MESSAGES_PER_LOOK = 64;
const MATCHES_PER_LOOK = 512;
/** The characters after which a fetch of entries ends. */
const CHARACTERS_PER_FETCH = 1024 * 1024;
/** What looking through sessions may take at once, in milliseconds: little before the first hits, then up to what a call may take. */
const SLICE_MS = { first: 0.5, last: 8 };

const SELECT_MESSAGES = `SELECT CASE WHEN octet_length(message) <= ${MAX_SIEVED_BYTES} THEN message END FROM agent_sessions_entries
  WHERE pk BETWEEN ((? << 32) | ?) AND ((? << 32) | ?) ORDER BY pk LIMIT ${MESSAGES_PER_LOOK}`;
const SELECT_ENTRY = "SELECT at, message FROM agent_sessions_entries WHERE pk = ((? << 32) | ?)";

/**
 * Proposes sessions and entries that may hold the words, newest session first. Rare words are looked up in the trigram index; where
 * all are common, the sessions are walked and looked through until the caller has enough.
 */
export class SearchCandidates {
  readonly #transactions: Transactions;
  readonly #lister: SessionLister;

  constructor(transactions: Transactions, lister: SessionLister) {
    this.#transactions = transactions;
    this.#lister = lister;
  }

  async *find(namespace: string, plan: SearchPlan): AsyncGenerator<SearchCandidate, void, undefined> {
    const rare = await findRareMatches(this.#transactions, plan.words);
    if (rare === null) {
      yield* this.#walk(namespace, plan);
      return;
    }
    const sessions = await this.#lister.ofTranscripts(namespace, plan.filter, [...rare.keys()]);
    for (const { summary, transcript } of sessions) {
      const seqs = (rare.get(transcript) ?? []).filter((seq) => seq > 0).sort((a, b) => a - b);
      yield { summary, entries: this.#fetch(transcript, seqs) };
    }
  }

  async *#walk(namespace: string, plan: SearchPlan): AsyncGenerator<SearchCandidate, void, undefined> {
    const look = new Look(plan.words);
    let sliceMs = SLICE_MS.first;
    for await (const batch of this.#lister.batches(namespace, plan.filter, SESSIONS_PER_BATCH)) {
      for (let next = 0; next < batch.length; ) {
        const [from, endsAt] = [next, performance.now() + sliceMs];
        const { found, end } = await this.#transactions.read(
          (database) =>
            atOnce(database, (isIndexed) =>
              lookAtSessions(database.sql, isIndexed, look, batch, from, endsAt),
            ),
          { found: [], end: batch.length },
        );
        next = end;
        sliceMs = Math.min(2 * sliceMs, SLICE_MS.last);
        for (const session of found) {
          yield { summary: session.summary, entries: this.#entriesOf(session, look) };
        }
        await nextTurn();
      }
    }
  }

  /** The entries that were found with the session, and those that are found beyond. */
  async *#entriesOf(
    session: FoundSession,
    look: Look,
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let { seqs, next } = session.first;
    for (;;) {
      yield* this.#fetch(session.transcript, seqs);
      if (next > session.summary.messageCount) return;
      const from: number = next;
      ({ seqs, next } = await this.#transactions.read(
        (database) => atOnce(database, (isIndexed) => look.at(database.sql, isIndexed, session, from)),
        NOTHING,
      ));
      await nextTurn();
    }
  }

  /** Entries by position; one that is gone or unreadable is passed over. */
  async *#fetch(
    transcript: number,
    seqs: readonly number[],
  ): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    for (let start = 0; start < seqs.length; ) {
      const from = start;
      const { entries, next } = await this.#transactions.read(
        ({ sql }) => fetchEntries(sql, transcript, seqs, from),
        { entries: [], next: seqs.length },
      );
      start = next;
      if (entries.length > 0) yield entries;
    }
  }
}

/** Positions that may match, and the position to go on from. */
interface Found {
  readonly seqs: readonly number[];
  readonly next: number;
}

interface FoundSession extends ListedSession {
  readonly first: Found;
}

const END = Number.MAX_SAFE_INTEGER;
const NOTHING: Found = { seqs: [], next: END };

/** How entries are looked at: by the index where that pays, or one after the other. */
class Look {
  readonly #match: string | null;
  readonly #words: readonly string[];
  readonly #mayHold: (json: string) => boolean;

  constructor(words: readonly string[]) {
    this.#match = toMatchQuery(words);
    this.#words = words;
    this.#mayHold = sieveFor(words);
  }

  isInTitle(title: string): boolean {
    const folded = foldText(title);
    return this.#words.every((word) => folded.includes(word));
  }

  at(sql: SqlConnection, isIndexed: boolean, { transcript, summary }: ListedSession, first: number): Found {
    if (this.#match !== null && isIndexed && summary.messageCount > MAX_LOOKED_THROUGH) {
      const found = matchesFrom(sql, this.#match, transcript, first, MATCHES_PER_LOOK);
      if (found !== null) return { seqs: found.seqs, next: found.next ?? END };
    }
    const messages = sql.column(SELECT_MESSAGES, transcript, first, transcript, summary.messageCount);
    const seqs: number[] = [];
    for (const [index, message] of messages.entries()) {
      if (typeof message !== "string" || this.#mayHold(message)) seqs.push(first + index);
    }
    return { seqs, next: messages.length < MESSAGES_PER_LOOK ? END : first + messages.length };
  }
}

/** Looks in one snapshot, so that the index, if there is one, is complete throughout. */
function atOnce<T>(database: OpenDatabase, look: (isIndexed: boolean) => T): T {
  return database.sql.snapshot(() => look(indexReach(database) !== "nothing"));
}

/** Those of a batch of sessions, from one on, that may match; at least one is looked at. */
function lookAtSessions(
  sql: SqlConnection,
  isIndexed: boolean,
  look: Look,
  batch: readonly ListedSession[],
  from: number,
  endsAt: number,
): { readonly found: readonly FoundSession[]; readonly end: number } {
  const found: FoundSession[] = [];
  let end = from;
  for (const session of batch.slice(from)) {
    const first = session.summary.messageCount === 0 ? NOTHING : look.at(sql, isIndexed, session, 1);
    const mayMatch = first.seqs.length > 0 || first.next !== END || look.isInTitle(session.summary.title);
    if (mayMatch) found.push({ ...session, first });
    end++;
    if (performance.now() >= endsAt) break;
  }
  return { found, end };
}

function fetchEntries(
  sql: SqlConnection,
  transcript: number,
  seqs: readonly number[],
  start: number,
): { readonly entries: readonly StoredEntry[]; readonly next: number } {
  const entries: StoredEntry[] = [];
  let characters = 0;
  let next = start;
  for (; next < seqs.length && characters < CHARACTERS_PER_FETCH; next++) {
    const seq = seqs[next] ?? 0;
    const [at, json] = sql.cells(SELECT_ENTRY, transcript, seq);
    if (typeof at !== "string" || typeof json !== "string") continue;
    characters += json.length;
    const message = parseMessage(json);
    if (message !== null) entries.push({ seq, at, message });
  }
  return { entries, next };
}
