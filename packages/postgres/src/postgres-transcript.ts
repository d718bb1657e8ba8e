import { SessionConflictError, SessionCorruptedError, SessionNotFoundError } from "@agent-sessions/core";
import type {
  EntryRange,
  SessionKey,
  StoredEntry,
  StoredHead,
  Transcript,
} from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { parseMessage } from "./entry-row.js";
import { headOf, readSessionRow, type SessionRow, toTime } from "./head-row.js";
import type { SqlRow } from "./postgres-driver.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** One page ends with the first entry beyond any of these: parsing it stays well below the 20 ms a call may hold the event loop. */
const MAX_PAGE_ENTRIES = 1024;
const MAX_PAGE_BYTES = 1024 * 1024;

/** A session of no more than this comes with its head: nobody can replace it between the two, and it takes one round trip. */
const MAX_SHORT_ENTRIES = 128;
const MAX_SHORT_BYTES = 128 * 1024;
/** Where entries begin in a row that may hold a session or an entry. */
const SEQ_COLUMN = 22;

/** A session at one moment. Holds nothing open: each page is a statement of its own, which checks that the moment can still be read. */
export class PostgresTranscript implements Transcript {
  readonly head: StoredHead;
  readonly #transcript: number;
  readonly #database: Database;
  /** All entries of a short session; null for any other. */
  readonly #short: readonly SqlRow[] | null;

  private constructor(row: SessionRow, entries: readonly SqlRow[], database: Database) {
    this.head = headOf(row, database.location);
    this.#transcript = row.transcript;
    this.#database = database;
    this.#short = entries.length === this.head.messageCount ? entries : null;
  }

  /** The session as it is; null when there is none. `remember` is given its row. */
  static async open(
    { namespace, id }: SessionKey,
    database: Database,
    remember: (row: SessionRow | null) => void,
  ): Promise<PostgresTranscript | null> {
    const [head = [], ...entries] = await database.read(selectWhole(database.schema), [namespace, id], id);
    const row = readSessionRow(head);
    remember(row);
    return row === null
      ? null
      : new PostgresTranscript(
          row,
          entries.map((entry) => entry.slice(SEQ_COLUMN)),
          database,
        );
  }

  async *read({ first, last, order }: EntryRange): AsyncGenerator<readonly StoredEntry[], void, undefined> {
    if (this.#short !== null && first <= last) {
      const entries = this.#short
        .slice(first - 1, last)
        .map((row, index) => this.#toEntry(row, first + index));
      yield order === "asc" ? entries : entries.reverse();
      return;
    }
    let [low, high] = [first, last];
    while (low <= high) {
      const page = await this.#readPage(low, high, order);
      if (order === "asc") low += page.length;
      else high -= page.length;
      yield page;
    }
  }

  async close(): Promise<void> {
    // Nothing is held between two pages.
  }

  async #readPage(low: number, high: number, order: "asc" | "desc"): Promise<readonly StoredEntry[]> {
    const { namespace, id, epoch } = this.head;
    const values = [namespace, id, epoch, this.#transcript, low, high];
    const rows = await this.#database.read(this.#selectPage(order), values, id);
    if (rows.length === 0) throw await this.#whyGone(order === "asc" ? low : high);
    return rows.map((row, index) => this.#toEntry(row, order === "asc" ? low + index : high - index));
  }

  /**
   * Entries as long as the session still has them, in the same epoch: both are seen at one moment, because it is one statement. The
   * size of a message is known without reading it.
   */
  #selectPage(order: "asc" | "desc"): string {
    const { schema } = this.#database;
    return `SELECT p.seq, p.at, p.message FROM (
        SELECT e.seq, e.at, e.message,
          sum(octet_length(e.message)) OVER (ORDER BY e.seq ${order}) - octet_length(e.message) AS bytes_before
        FROM ${schema}.entries e
        WHERE e.namespace = $1 AND e.transcript = $4 AND e.seq BETWEEN $5 AND $6
          AND EXISTS (SELECT FROM ${schema}.sessions s WHERE s.namespace = $1 AND s.id = $2 AND s.epoch = $3 AND s.transcript = $4)
        ORDER BY e.seq ${order} LIMIT ${MAX_PAGE_ENTRIES}
      ) p WHERE p.bytes_before < ${MAX_PAGE_BYTES} ORDER BY p.seq ${order}`;
  }

  #toEntry([seq, at, json]: SqlRow, expected: number): StoredEntry {
    if (seq !== expected) throw this.#corrupted(expected, "the entry is missing");
    const message = parseMessage(String(json));
    if (message === null) throw this.#corrupted(expected, "the message is not a JSON object");
    return { seq: expected, at: toTime(at), message };
  }

  async #whyGone(seq: number): Promise<Error> {
    const { namespace, id, epoch } = this.head;
    const { schema, location } = this.#database;
    const text = `SELECT s.epoch, s.revision FROM ${schema}.sessions s WHERE s.namespace = $1 AND s.id = $2`;
    const [[present, revision] = []] = await this.#database.read(text, [namespace, id], id);
    if (present === undefined) return new SessionNotFoundError(id, namespace, location);
    if (present === epoch) return this.#corrupted(seq, "the entry is missing");
    return new SessionConflictError(id, null, Number(revision), {
      location,
      message: `Session ${JSON.stringify(id)} was truncated or replaced while it was read. Read it again.`,
    });
  }

  #corrupted(seq: number, reason: string): SessionCorruptedError {
    const position = `table entries, transcript ${this.#transcript}, entry ${seq}`;
    return new SessionCorruptedError(this.head.id, this.#database.location, position, reason);
  }
}

/** A session, and if it is short, its entries, in rows of their own behind it. */
function selectWhole(schema: string): string {
  const columns = Array.from({ length: SEQ_COLUMN }, (_, index) => `c${index}`);
  const nothing = columns.map(() => "NULL").join(", ");
  // c1 is the transcript, c4 the number of messages.
  return `WITH head (${columns.join(", ")}) AS MATERIALIZED (
      SELECT ${HEAD_COLUMNS}, d.state
      FROM ${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      WHERE s.namespace = $1 AND s.id = $2)
    SELECT h.*, NULL::bigint AS seq, NULL::bigint, NULL::text FROM head h
    UNION ALL SELECT ${nothing}, p.seq, p.at, p.message FROM (
      SELECT e.seq, e.at, e.message, sum(octet_length(e.message)) OVER (ORDER BY e.seq) AS bytes
      FROM ${schema}.entries e
      WHERE e.namespace = $1 AND e.transcript = (SELECT h.c1 FROM head h WHERE h.c4 <= ${MAX_SHORT_ENTRIES})
        AND e.seq <= (SELECT h.c4 FROM head h)
    ) p WHERE p.bytes <= ${MAX_SHORT_BYTES} ORDER BY seq NULLS FIRST`;
}
