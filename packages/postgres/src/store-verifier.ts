import { type Finding, SessionCorruptedError } from "@agent-sessions/core";
import { facetsOf, type SessionKey } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { facetKey, headOf, readSessionRow, type SessionRow } from "./head-row.js";
import type { SqlRow } from "./postgres-driver.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** The faults that `verify` knows. Each can be mended. */
export type Fault =
  | "unreadable-head"
  | "missing-entries"
  | "surplus-entries"
  | "unreadable-message"
  | "facets-differ"
  | "orphan-entries";

/** How much the server looks at in one statement, so that none takes long: sessions, the first entries of each, transcripts. */
const SESSIONS_AT_ONCE = 16;
const ENTRIES_AT_ONCE = 512;
/** A portion of entries ends with the first one beyond: the server parses all of it. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;
const TRANSCRIPTS_AT_ONCE = 1000;
/** So many entries beyond the last one are counted. */
const SURPLUS_COUNTED = 1000;

/** What is wrong with the entries of a session. */
interface EntryFaults {
  readonly missing: number;
  readonly unreadable: number;
  /** The position of the first of those; null when there are none. */
  readonly firstUnreadable: number | null;
}

/** The number that entries are filed under which belong to no session. */
export interface Orphan {
  readonly namespace: string;
  readonly transcript: number;
}

/** Finds what is wrong in a store, while others read and write. The server looks at the entries; they are not fetched. */
export class StoreVerifier {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    // No id is empty.
    let last: SessionKey = { namespace: "", id: "" };
    for (;;) {
      const rows = await this.#check("(s.namespace, s.id) > ($1, $2)", last);
      for (const row of rows) {
        last = keyOf(row);
        yield* await this.#findingsOf(last, row);
      }
      if (rows.length < SESSIONS_AT_ONCE) break;
    }
    for await (const { namespace, transcript } of this.orphans()) {
      const message = `Table entries holds rows of transcript ${transcript}, which no session has.`;
      yield this.#finding({ namespace, id: null }, "orphan-entries", message);
    }
  }

  async verifySession(key: SessionKey): Promise<readonly Finding[]> {
    return await this.#findingsOf(key, undefined);
  }

  /** @param checked what `#check` has found already */
  async #findingsOf(key: SessionKey, checked: SqlRow | undefined): Promise<readonly Finding[]> {
    for (let row = checked; ; row = undefined) {
      row ??= (await this.#check("s.namespace = $1 AND s.id = $2", key))[0];
      const found = row === undefined ? null : readSessionRow(row);
      if (row === undefined || found === null) return [];
      const faults = await this.#entryFaults(key, found, row);
      // Looked at anew when it was truncated or replaced meanwhile.
      if (faults !== null) return [...this.#findingsIn(key, found, row, faults)];
    }
  }

  #finding(
    { namespace, id }: { readonly namespace: string; readonly id: string | null },
    fault: Fault,
    message: string,
  ): Finding {
    return { namespace, id, fault, message, path: this.#database.location, repairable: true };
  }

  /** Sessions with what is known of their first entries and facets, all as they were at one moment. */
  async #check(condition: string, { namespace, id }: SessionKey): Promise<readonly SqlRow[]> {
    const { schema } = this.#database;
    const of = "e.namespace = s.namespace AND e.transcript = s.transcript";
    const text = `SELECT ${HEAD_COLUMNS}, d.state, f.facets, b.surplus, c.*
      FROM (SELECT s.*, s.xmin FROM ${schema}.sessions s WHERE ${condition} ORDER BY s.namespace, s.id LIMIT ${SESSIONS_AT_ONCE}) s
      LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      CROSS JOIN LATERAL (${this.#countEntries("0")}) c
      CROSS JOIN LATERAL (SELECT count(*) AS surplus FROM (
        (SELECT FROM ${schema}.entries e WHERE ${of} AND e.seq > s.message_count LIMIT ${SURPLUS_COUNTED})
        UNION ALL SELECT FROM ${schema}.entries e WHERE ${of} AND e.seq < 1) x) b
      CROSS JOIN LATERAL (SELECT coalesce(json_agg(f.facet), '[]')::text AS facets
        FROM ${schema}.facets f WHERE f.namespace = s.namespace AND f.id = s.id) f
      ORDER BY s.namespace, s.id`;
    return await this.#database.read(text, [namespace, id]);
  }

  /**
   * SQL: the faults of a portion of the entries of the session `s` behind a position, and the position that it ends with. Each message
   * is looked at once (`OFFSET 0` keeps the server from copying that into both columns that need it), and its size is known before.
   */
  #countEntries(after: string): string {
    const { schema } = this.#database;
    const last = `least(s.message_count, ${after} + ${ENTRIES_AT_ONCE})`;
    return `SELECT s.message_count, p.until, p.until - ${after} - p.present AS missing, p.unreadable, p.first_unreadable FROM (
        SELECT CASE WHEN bool_and(x.is_in) IS FALSE THEN max(x.seq) FILTER (WHERE x.is_in) ELSE ${last} END AS until,
          count(*) FILTER (WHERE x.is_in) AS present, count(*) FILTER (WHERE x.is_bad) AS unreadable,
          min(x.seq) FILTER (WHERE x.is_bad) AS first_unreadable
        FROM (SELECT y.seq, y.is_in, CASE WHEN y.is_in THEN NOT ${schema}.is_json(y.message, 'object') END AS is_bad
          FROM (SELECT e.seq, e.message,
              sum(octet_length(e.message)) OVER (ORDER BY e.seq) - octet_length(e.message) < ${BYTES_AT_ONCE} AS is_in
            FROM ${schema}.entries e
            WHERE e.namespace = s.namespace AND e.transcript = s.transcript AND e.seq > ${after} AND e.seq <= ${last}) y
          OFFSET 0) x) p`;
  }

  /** All of a session's entries, in portions; null when the session was cut or replaced between two of them. */
  async #entryFaults(
    { namespace, id }: SessionKey,
    { transcript, columns }: SessionRow,
    row: SqlRow,
  ): Promise<EntryFaults | null> {
    const text = `SELECT c.* FROM ${this.#database.schema}.sessions s CROSS JOIN LATERAL (${this.#countEntries("$5::bigint")}) c
      WHERE s.namespace = $1 AND s.id = $2 AND s.epoch = $3 AND s.transcript = $4`;
    let faults: EntryFaults = { missing: 0, unreadable: 0, firstUnreadable: null };
    let counted = row.slice(COUNTED_COLUMN);
    for (;;) {
      const [messageCount, until, missing, unreadable, first] = counted;
      const after = Number(until);
      faults = {
        missing: faults.missing + Number(missing),
        unreadable: faults.unreadable + Number(unreadable),
        firstUnreadable: faults.firstUnreadable ?? (typeof first === "number" ? first : null),
      };
      if (after >= Number(messageCount)) return faults;
      const [next] = await this.#database.read(text, [namespace, id, columns.epoch, transcript, after], id);
      if (next === undefined) return null;
      counted = [...next];
    }
  }

  *#findingsIn(
    key: SessionKey,
    found: SessionRow,
    row: SqlRow,
    { missing, unreadable, firstUnreadable }: EntryFaults,
  ): Generator<Finding, void, undefined> {
    const [facets, surplus] = row.slice(FACETS_COLUMN);
    if (missing > 0) yield this.#finding(key, "missing-entries", `${missing} entries are missing.`);
    if (Number(surplus) > 0) {
      const some = Number(surplus) < SURPLUS_COUNTED ? "" : "at least ";
      yield this.#finding(key, "surplus-entries", `There are ${some}${surplus} entries beyond the last one.`);
    }
    if (unreadable > 0) {
      const message = `The messages of ${unreadable} entries, the first of them ${firstUnreadable}, are no JSON objects.`;
      yield this.#finding(key, "unreadable-message", message);
    }
    try {
      const head = headOf(found, this.#database.location);
      const expected = facetsOf(head).map(facetKey).sort();
      const present = (JSON.parse(String(facets)) as string[]).sort();
      if (JSON.stringify(present) !== JSON.stringify(expected)) {
        yield this.#finding(
          key,
          "facets-differ",
          "Labels or metadata are not filed as the session has them.",
        );
      }
    } catch (error) {
      if (!(error instanceof SessionCorruptedError)) throw error;
      yield this.#finding(key, "unreadable-head", error.message);
    }
  }

  /** Transcripts that neither a session nor a writer that is staging one has. */
  async *orphans(): AsyncGenerator<Orphan, void, undefined> {
    const { schema } = this.#database;
    // One step over the index for each transcript.
    const text = `WITH RECURSIVE found (namespace, transcript, place) AS (
        (SELECT e.namespace, e.transcript, 1 FROM ${schema}.entries e WHERE (e.namespace, e.transcript) > ($1, $2)
          ORDER BY e.namespace, e.transcript LIMIT 1)
        UNION ALL SELECT n.namespace, n.transcript, f.place + 1 FROM found f CROSS JOIN LATERAL (
          SELECT e.namespace, e.transcript FROM ${schema}.entries e
          WHERE (e.namespace, e.transcript) > (f.namespace, f.transcript) ORDER BY e.namespace, e.transcript LIMIT 1) n
        WHERE f.place < ${TRANSCRIPTS_AT_ONCE})
      SELECT f.namespace, f.transcript, NOT EXISTS (SELECT FROM ${schema}.transcripts t LEFT JOIN ${schema}.sessions s
          ON s.namespace = t.namespace AND s.id = t.id AND s.transcript = t.transcript
        WHERE t.namespace = f.namespace AND t.transcript = f.transcript AND (t.staged_by IS NOT NULL OR s.id IS NOT NULL))
      FROM found f ORDER BY f.place`;
    let last: Orphan = { namespace: "", transcript: Number.MIN_SAFE_INTEGER };
    for (;;) {
      const rows: readonly SqlRow[] = await this.#database.read(text, [last.namespace, last.transcript]);
      for (const [namespace, transcript, isOrphan] of rows) {
        last = { namespace: String(namespace), transcript: Number(transcript) };
        if (isOrphan === true) yield last;
      }
      if (rows.length < TRANSCRIPTS_AT_ONCE) return;
    }
  }
}

/** Where facets, surplus and what was counted stand in a row of `#check`, behind the session and its state. */
const FACETS_COLUMN = 22;
const COUNTED_COLUMN = FACETS_COLUMN + 2;

function keyOf(row: SqlRow): SessionKey {
  return { namespace: String(row[11]), id: String(row[12]) };
}
