import { randomBytes } from "node:crypto";
import type { Metadata } from "@agent-sessions/core";
import {
  compareCodePoints,
  type Facet,
  facetsOf,
  readColumn,
  type SessionKey,
} from "@agent-sessions/core/backend";
import { randomKey } from "./advisory-key.js";
import { facetKey, headOf, readSessionRow, type SessionRow } from "./head-row.js";
import {
  encodeTexts,
  type PostgresClient,
  readRows,
  type SqlParameter,
  type SqlRow,
} from "./postgres-driver.js";
import { nextTranscript } from "./sql-text.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** What a repair did: actions in words, and the rows of `set_aside` that keep what was taken out. */
export interface Mended {
  readonly actions: readonly string[];
  readonly setAside: readonly number[];
}

/** Mends one session inside a transaction that holds its row. */
export class SessionMender {
  readonly #client: Pick<PostgresClient, "query">;
  readonly #schema: string;
  readonly #location: string;
  readonly #key: SessionKey;
  readonly #actions: string[] = [];
  readonly #setAside: number[] = [];

  constructor(client: Pick<PostgresClient, "query">, schema: string, location: string, key: SessionKey) {
    this.#client = client;
    this.#schema = schema;
    this.#location = location;
    this.#key = key;
  }

  async mend(): Promise<Mended> {
    const found = await this.#find();
    if (found !== null) {
      await this.#mendHead(found);
      await this.#mendEntries(found);
      await this.#mendFacets();
    }
    return { actions: this.#actions, setAside: this.#setAside };
  }

  /** Makes the row readable: what cannot be read is set aside, and taken from the facets or emptied. */
  async #mendHead({ columns }: SessionRow): Promise<void> {
    const facets = await this.#facets();
    const instead = { ...facets, usage: { inputTokens: 0, outputTokens: 0 }, extra: {}, state: {} };
    for (const column of ["labels", "metadata", "usage", "extra", "state"] as const) {
      if (readColumn(column, columns[column]) !== undefined) continue;
      await this.#keepAside(
        "VALUES ($1, $2, $3::text, NULL::bigint, NULL::bigint, $4::text, 'unreadable-head')",
        [column, columns[column]],
      );
      if (column === "state") {
        await this.#run(`DELETE FROM ${this.#schema}.states WHERE namespace = $1 AND id = $2`, []);
        // Other processes remember the session by its row, the state included.
        await this.#update("extra = extra", []);
      } else {
        await this.#update(`${column} = $3`, [JSON.stringify(instead[column])]);
      }
      this.#actions.push(`replaced the unreadable ${column}`);
    }
  }

  /** Takes unreadable messages out and closes the gaps: the readable ones keep their order and get new positions. */
  async #mendEntries({ transcript, columns }: SessionRow): Promise<void> {
    const { namespace } = this.#key;
    const of = `FROM ${this.#schema}.entries e WHERE e.namespace = $1 AND e.transcript = $3`;
    const isBad = `NOT ${this.#schema}.is_json(e.message, 'object')`;
    const count = await this.#keepAside(
      `SELECT $1, $2, 'entry', e.seq, e.at, e.message, 'unreadable-message' ${of} AND ${isBad}`,
      [transcript],
    );
    if (count > 0) {
      await readRows(this.#client, `DELETE ${of.replaceAll("$3", "$2")} AND ${isBad}`, [
        namespace,
        transcript,
      ]);
      this.#actions.push(`set ${count} unreadable messages aside`);
    }
    const select = `SELECT count(*), coalesce(max(e.seq), 0) ${of.replaceAll("$3", "$2")}`;
    const [[left, last] = []] = await readRows(this.#client, select, [namespace, transcript]);
    if (left === last && left === columns.messageCount) return;
    const kept = left === last ? transcript : await this.#renumber(transcript);
    await this.#update("transcript = $3, message_count = $4, preview_seq = 0, epoch = $5", [
      ...[kept, Number(left), `repaired-${randomBytes(6).toString("base64url")}`],
    ]);
    this.#actions.push(`counted ${left} readable entries instead of ${columns.messageCount}`);
  }

  async #renumber(transcript: number): Promise<number> {
    const { namespace } = this.#key;
    const [[next] = []] = await this.#run(
      `INSERT INTO ${this.#schema}.transcripts (transcript, namespace, id)
        VALUES (${nextTranscript(this.#schema)}, $1, $2) RETURNING transcript`,
      [],
    );
    const values = [namespace, transcript, Number(next)];
    await readRows(
      this.#client,
      `INSERT INTO ${this.#schema}.entries (namespace, transcript, seq, at, message)
        SELECT e.namespace, $3, row_number() OVER (ORDER BY e.seq), e.at, e.message
        FROM ${this.#schema}.entries e WHERE e.namespace = $1 AND e.transcript = $2`,
      values,
    );
    for (const table of ["entries", "transcripts"]) {
      const text = `DELETE FROM ${this.#schema}.${table} WHERE namespace = $1 AND transcript = $2`;
      await readRows(this.#client, text, [namespace, transcript]);
    }
    return Number(next);
  }

  async #mendFacets(): Promise<void> {
    const found = await this.#find();
    if (found === null) return;
    const expected = facetsOf(headOf(found, this.#location)).map(facetKey);
    const present = (await this.#facetKeys()).map(String);
    if (JSON.stringify([...present].sort()) === JSON.stringify([...expected].sort())) return;
    await this.#run(`DELETE FROM ${this.#schema}.facets WHERE namespace = $1 AND id = $2`, []);
    await this.#run(
      `INSERT INTO ${this.#schema}.facets (namespace, facet, id) SELECT $1, facet, $2 FROM unnest($3::text[]) facet`,
      [encodeTexts(expected)],
    );
    this.#actions.push("filed labels and metadata anew");
  }

  /** What the session is filed under, but for what is too long to be filed as it is. */
  async #facets(): Promise<{ readonly labels: readonly string[]; readonly metadata: Metadata }> {
    const facets = (await this.#facetKeys())
      .filter((key) => key.startsWith("["))
      .map((key) => JSON.parse(key) as Facet);
    const labels = facets.filter(([kind]) => kind === "label").map(([, label]) => label);
    const items = facets.filter(([kind]) => kind === "metadata");
    return {
      labels: labels.sort(compareCodePoints),
      metadata: Object.fromEntries(items.map(([, key, json]) => [key, JSON.parse(json)])) as Metadata,
    };
  }

  async #facetKeys(): Promise<readonly string[]> {
    const text = `SELECT facet FROM ${this.#schema}.facets WHERE namespace = $1 AND id = $2`;
    return (await this.#run(text, [])).map(([facet]) => String(facet));
  }

  async #find(): Promise<SessionRow | null> {
    const [row] = await this.#run(
      `SELECT ${HEAD_COLUMNS}, d.state
        FROM ${this.#schema}.sessions s LEFT JOIN ${this.#schema}.states d ON d.namespace = s.namespace AND d.id = s.id
        WHERE s.namespace = $1 AND s.id = $2`,
      [],
    );
    return row === undefined ? null : readSessionRow(row);
  }

  /** Keeps rows of namespace, id, part, position, time, content and reason; how many there were. */
  async #keepAside(source: string, values: readonly SqlParameter[]): Promise<number> {
    const rows = await this.#run(
      `INSERT INTO ${this.#schema}.set_aside (namespace, id, part, seq, at, content, reason) ${source} RETURNING pk`,
      values,
    );
    this.#setAside.push(...rows.map(([pk]) => Number(pk)));
    return rows.length;
  }

  async #update(assignments: string, values: readonly SqlParameter[]): Promise<void> {
    const revision = `revision = revision + 1, commit_id = ${randomKey()}`;
    await this.#run(
      `UPDATE ${this.#schema}.sessions SET ${revision}, ${assignments} WHERE namespace = $1 AND id = $2`,
      values,
    );
  }

  /** A statement of which $1 and $2 are the session's key. */
  async #run(text: string, values: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return await readRows(this.#client, text, [this.#key.namespace, this.#key.id, ...values]);
  }
}
