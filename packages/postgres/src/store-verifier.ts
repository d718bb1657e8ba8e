import { type Finding, SessionCorruptedError } from "@agent-sessions/core";
import { facetsOf, type SessionKey } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { facetKey, headOf, readSessionRow } from "./head-row.js";
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

/** Sessions of which the server checks the entries in one statement. */
const SESSIONS_AT_ONCE = 64;

/** Finds what is wrong in a store, while others read and write. The server looks at the entries; they are not fetched. */
export class StoreVerifier {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    let last: SessionKey | null = null;
    for (;;) {
      const rows: readonly SqlRow[] = await this.#check("(s.namespace, s.id) > ($1, $2) OR $3", [
        ...[last?.namespace ?? "", last?.id ?? "", last === null],
      ]);
      for (const row of rows) {
        last = keyOf(row);
        yield* this.#findingsIn(row);
      }
      if (rows.length < SESSIONS_AT_ONCE) break;
    }
    yield* this.#orphans();
  }

  async verifySession({ namespace, id }: SessionKey): Promise<readonly Finding[]> {
    const [row] = await this.#check("s.namespace = $1 AND s.id = $2 AND $3", [namespace, id, true]);
    return row === undefined ? [] : [...this.#findingsIn(row)];
  }

  #finding(
    { namespace, id }: { readonly namespace: string; readonly id: string | null },
    fault: Fault,
    message: string,
  ): Finding {
    return { namespace, id, fault, message, path: this.#database.location, repairable: true };
  }

  /** Sessions with what is known of their entries and facets, all as they were at one moment. */
  async #check(condition: string, values: readonly (string | boolean)[]): Promise<readonly SqlRow[]> {
    const { schema } = this.#database;
    const text = `SELECT ${HEAD_COLUMNS}, d.state, c.entries, c.beyond, c.unreadable, c.first_unreadable, f.facets
      FROM (SELECT s.*, s.xmin FROM ${schema}.sessions s WHERE ${condition} ORDER BY s.namespace, s.id LIMIT ${SESSIONS_AT_ONCE}) s
      LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      CROSS JOIN LATERAL (SELECT
        count(*) FILTER (WHERE e.seq BETWEEN 1 AND s.message_count) AS entries,
        count(*) FILTER (WHERE e.seq NOT BETWEEN 1 AND s.message_count) AS beyond,
        count(*) FILTER (WHERE NOT ${schema}.is_json(e.message, 'object')) AS unreadable,
        min(e.seq) FILTER (WHERE NOT ${schema}.is_json(e.message, 'object')) AS first_unreadable
        FROM ${schema}.entries e WHERE e.namespace = s.namespace AND e.transcript = s.transcript) c
      CROSS JOIN LATERAL (SELECT coalesce(json_agg(f.facet), '[]')::text AS facets
        FROM ${schema}.facets f WHERE f.namespace = s.namespace AND f.id = s.id) f
      ORDER BY s.namespace, s.id`;
    return await this.#database.read(text, values);
  }

  *#findingsIn(row: SqlRow): Generator<Finding, void, undefined> {
    const key = keyOf(row);
    const found = readSessionRow(row);
    if (found === null) return;
    const [entries = 0, beyond = 0, unreadable = 0, firstUnreadable, facets] = row.slice(22);
    const missing = found.columns.messageCount - Number(entries);
    if (missing > 0) yield this.#finding(key, "missing-entries", `${missing} entries are missing.`);
    if (Number(beyond) > 0) {
      yield this.#finding(key, "surplus-entries", `There are ${beyond} entries beyond the last one.`);
    }
    if (Number(unreadable) > 0) {
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
  async *#orphans(): AsyncGenerator<Finding, void, undefined> {
    for (const { namespace, transcript } of await this.orphans()) {
      const message = `Table entries holds rows of transcript ${transcript}, which no session has.`;
      yield this.#finding({ namespace, id: null }, "orphan-entries", message);
    }
  }

  async orphans(): Promise<readonly { readonly namespace: string; readonly transcript: number }[]> {
    const { schema } = this.#database;
    // One step over the index for each transcript.
    const text = `WITH RECURSIVE found (namespace, transcript) AS (
        (SELECT e.namespace, e.transcript FROM ${schema}.entries e ORDER BY e.namespace, e.transcript LIMIT 1)
        UNION ALL SELECT n.namespace, n.transcript FROM found f CROSS JOIN LATERAL (
          SELECT e.namespace, e.transcript FROM ${schema}.entries e
          WHERE (e.namespace, e.transcript) > (f.namespace, f.transcript) ORDER BY e.namespace, e.transcript LIMIT 1) n)
      SELECT f.namespace, f.transcript FROM found f
      WHERE NOT EXISTS (SELECT FROM ${schema}.transcripts t LEFT JOIN ${schema}.sessions s
          ON s.namespace = t.namespace AND s.id = t.id AND s.transcript = t.transcript
        WHERE t.namespace = f.namespace AND t.transcript = f.transcript AND (t.staged_by IS NOT NULL OR s.id IS NOT NULL))`;
    const rows = await this.#database.read(text, []);
    return rows.map(([namespace, transcript]) => ({
      namespace: String(namespace),
      transcript: Number(transcript),
    }));
  }
}

function keyOf(row: SqlRow): SessionKey {
  return { namespace: String(row[11]), id: String(row[12]) };
}
