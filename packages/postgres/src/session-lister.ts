import { SessionCorruptedError, type SessionSummary, type UnreadableSession } from "@agent-sessions/core";
import { type BackendPage, type ListPlan, runsOf } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { headOf, readSessionRow, readSummaryColumns, summaryOf } from "./head-row.js";
import { Statement, selectSessions, selectUnreadable } from "./list-sql.js";
import type { SqlRow } from "./postgres-driver.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** A session in a list, and the number its entries are filed under. */
export interface ListedSession {
  readonly transcript: number;
  readonly summary: SessionSummary;
}

/** How many unreadable sessions a page reports. */
const MAX_REPORTED = 100;
/** How many namespaces are looked up at once. */
const NAMESPACES_AT_ONCE = 100;

/** Lists sessions. A page is one statement, two when it is the first. */
export class SessionLister {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const unreadable = plan.after === null ? this.#unreadable(namespace, plan) : NONE;
    const [{ sessions, hasMore, damaged }, known] = await Promise.all([
      this.select(namespace, plan),
      unreadable,
    ]);
    const names = new Set(known.ids);
    const found = damaged.filter(({ sessionId = "" }) => !names.has(sessionId)).map(toUnreadable);
    return {
      sessions: sessions.map(({ summary }) => summary),
      hasMore,
      unreadable: [...known.reported, ...found].slice(0, MAX_REPORTED),
      unreadableCount: known.ids.length + found.length,
    };
  }

  /** One page, with one session more looked for; and those that turn out not to be readable after all. */
  async select(
    namespace: string,
    plan: ListPlan,
    /** One more condition on the session `s`. */
    condition: ((statement: Statement) => string) | null = null,
  ): Promise<{
    readonly sessions: readonly ListedSession[];
    readonly hasMore: boolean;
    readonly damaged: readonly SessionCorruptedError[];
  }> {
    const { schema } = this.#database;
    const statement = new Statement();
    const besides = condition?.(statement) ?? null;
    const runs = runsOf(plan).map(
      (run, index) =>
        `SELECT ${index}, r.* FROM (${selectSessions(statement, schema, namespace, plan, run, plan.limit + 1, besides)}) r`,
    );
    const text = runs.map((run) => `(${run})`).join(" UNION ALL ");
    const rows = runs.length === 0 ? [] : await this.#database.read(text, statement.values);
    const inOrder = runs.length > 1 ? byRun(rows) : rows;
    const sessions: ListedSession[] = [];
    const damaged: SessionCorruptedError[] = [];
    for (const [, ...row] of inOrder.slice(0, plan.limit)) {
      const listed = this.parse(row);
      if (listed instanceof SessionCorruptedError) damaged.push(listed);
      else sessions.push(listed);
    }
    return { sessions, hasMore: inOrder.length > plan.limit, damaged };
  }

  /** A row of `HEAD_COLUMNS`. */
  parse(row: SqlRow): ListedSession | SessionCorruptedError {
    try {
      return {
        transcript: Number(row[1]),
        summary: summaryOf(readSummaryColumns(row), this.#database.location),
      };
    } catch (error) {
      if (error instanceof SessionCorruptedError) return error;
      throw error;
    }
  }

  /** The namespaces with at least one session, in steps over the index. */
  async *namespaces(): AsyncGenerator<string, void, undefined> {
    const { schema } = this.#database;
    const text = `WITH RECURSIVE found (namespace, place) AS (
        (SELECT s.namespace, 1 FROM ${schema}.sessions s WHERE s.namespace > $1 OR $2 ORDER BY s.namespace LIMIT 1)
        UNION ALL SELECT n.namespace, f.place + 1 FROM found f CROSS JOIN LATERAL (
          SELECT s.namespace FROM ${schema}.sessions s WHERE s.namespace > f.namespace ORDER BY s.namespace LIMIT 1) n
        WHERE f.place < ${NAMESPACES_AT_ONCE})
      SELECT namespace FROM found`;
    let last: string | null = null;
    for (;;) {
      const rows: readonly SqlRow[] = await this.#database.read(text, [last ?? "", last === null]);
      for (const [namespace] of rows) {
        last = String(namespace);
        yield last;
      }
      if (rows.length < NAMESPACES_AT_ONCE) return;
    }
  }

  async #unreadable(namespace: string, plan: ListPlan): Promise<Unreadable> {
    const { schema } = this.#database;
    const statement = new Statement();
    const rows = await this.#database.read(
      selectUnreadable(statement, schema, namespace, plan),
      statement.values,
    );
    if (rows.length === 0) return NONE;
    const ids = rows.map(([id]) => String(id));
    const text = `SELECT ${HEAD_COLUMNS}, d.state
      FROM ${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      WHERE s.namespace = $1 AND s.id = ANY ($2::text[]) ORDER BY s.id`;
    const reported = await this.#database.read(text, [namespace, ids.slice(0, MAX_REPORTED)]);
    return { ids, reported: reported.map((row) => this.#report(row)).filter((item) => item !== null) };
  }

  #report(row: SqlRow): UnreadableSession | null {
    const found = readSessionRow(row);
    if (found === null) return null;
    try {
      headOf(found, this.#database.location);
      return null;
    } catch (error) {
      if (error instanceof SessionCorruptedError) return toUnreadable(error);
      throw error;
    }
  }
}

interface Unreadable {
  readonly ids: readonly string[];
  readonly reported: readonly UnreadableSession[];
}

const NONE: Unreadable = { ids: [], reported: [] };

/** Rows begin with the number of their run, in which they are in order. */
function byRun(rows: readonly SqlRow[]): readonly SqlRow[] {
  return [...rows].sort(([a], [b]) => Number(a) - Number(b));
}

function toUnreadable(error: SessionCorruptedError): UnreadableSession {
  return { id: error.sessionId ?? "", code: error.code, message: error.message };
}
