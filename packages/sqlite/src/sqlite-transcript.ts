import type { JsonObject } from "@agent-sessions/core";
import { SessionConflictError, SessionNotFoundError } from "@agent-sessions/core";
import type { EntryRange, StoredEntry, StoredHead, Transcript } from "@agent-sessions/core/backend";
import { rowCorrupted, type SessionRow } from "./head-row.js";
import { nextTurn } from "./next-turn.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlRow } from "./sql-database.js";
import type { Transactions } from "./transactions.js";

/** One page ends with the first entry beyond any of these: parsing it takes a millisecond or two. */
const MAX_PAGE_ENTRIES = 1024;
const MAX_PAGE_CHARACTERS = 256 * 1024;
/**
 * An entry of more characters ends its page. V8 does not copy a text of more than 128 kB: the first collection that finds it in use moves it to the old
 * generation, which is collected only when it is several times as large as it was. So few such texts are held at once.
 */
const LARGE_CHARACTERS = 64 * 1024;

/**
 * Entries of a transcript as long as its session still has it, in the same epoch: both are seen at one moment, because it is one
 * statement.
 */
function selectPage(order: "asc" | "desc"): string {
  return `SELECT e.pk & 4294967295, e.at, e.message
    FROM agent_sessions_sessions s CROSS JOIN agent_sessions_entries e
    WHERE s.pk = ? AND s.epoch = ? AND s.transcript = ?
      AND e.pk BETWEEN ((? << 32) | ?) AND ((? << 32) | ?)
    ORDER BY e.pk ${order} LIMIT ${MAX_PAGE_ENTRIES}`;
}
const SELECT_PAGE = { asc: selectPage("asc"), desc: selectPage("desc") };

/** A session at one moment. Holds nothing open: each page is a read of its own, which checks that the moment can still be read. */
export class SqliteTranscript implements Transcript {
  readonly head: StoredHead;
  readonly #row: SessionRow;
  readonly #transactions: Transactions;
  readonly #location: string;

  constructor(row: SessionRow, transactions: Transactions, location: string) {
    this.head = row.head;
    this.#row = row;
    this.#transactions = transactions;
    this.#location = location;
  }

  async *read({ first, last, order }: EntryRange): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    let [low, high] = [first, last];
    while (low <= high) {
      const page = await this.#transactions.read(
        ({ sql }) => this.#readPage(sql, low, high, order),
        null,
        this.head.id,
      );
      if (page === null) throw this.#notFound();
      if (order === "asc") low += page.length;
      else high -= page.length;
      yield page;
      // A generator that waits keeps what its variables held: two pages would be in memory while the next is read.
      page.length = 0;
      await nextTurn();
    }
  }

  async close(): Promise<void> {
    // Nothing is held between two pages.
  }

  #readPage(sql: SqlConnection, low: number, high: number, order: "asc" | "desc"): StoredEntry[] {
    const { pk, transcript } = this.#row;
    const rows = sql.scan(
      SELECT_PAGE[order],
      pk,
      this.head.epoch,
      transcript,
      transcript,
      low,
      transcript,
      high,
    );
    const page: StoredEntry[] = [];
    let characters = 0;
    for (const row of rows) {
      const expected = order === "asc" ? low + page.length : high - page.length;
      page.push(this.#toEntry(row, expected));
      const { length } = String(row[2]);
      characters += length;
      if (characters > MAX_PAGE_CHARACTERS || length > LARGE_CHARACTERS) break;
    }
    if (page.length > 0) return page;
    throw this.#whyGone(sql, order === "asc" ? low : high);
  }

  #toEntry([seq, at, message]: SqlRow, expected: number): StoredEntry {
    if (seq !== expected) throw this.#corrupted(expected, "the entry is missing");
    return { seq: expected, at: String(at), message: this.#parse(expected, message) };
  }

  #parse(seq: number, json: unknown): JsonObject {
    let parsed: unknown;
    try {
      parsed = JSON.parse(String(json));
    } catch (error) {
      throw this.#corrupted(seq, "the message is not JSON", error);
    }
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
    throw this.#corrupted(seq, "the message is not an object");
  }

  #whyGone(sql: SqlConnection, seq: number): Error {
    const { namespace, id, epoch } = this.head;
    const find = "SELECT epoch, revision FROM agent_sessions_sessions WHERE namespace = ? AND id = ?";
    const [present, revision] = sql.cells(find, namespace, id);
    if (present === undefined) return this.#notFound();
    if (present === epoch) return this.#corrupted(seq, "the entry is missing");
    return new SessionConflictError(id, null, typeof revision === "number" ? revision : null, {
      location: this.#location,
      message: `Session ${JSON.stringify(id)} was truncated or replaced while it was read. Read it again.`,
    });
  }

  #notFound(): SessionNotFoundError {
    return new SessionNotFoundError(this.head.id, this.head.namespace, this.#location);
  }

  #corrupted(seq: number, reason: string, cause?: unknown): Error {
    const position = `agent_sessions_entries, transcript ${this.#row.transcript}, entry ${seq}`;
    return rowCorrupted(this.head, this.#location, position, reason, cause);
  }
}
