import { SessionCorruptedError, type SessionSummary, type UnreadableSession } from "@agent-sessions/core";
import { type BackendPage, type ListPlan, runsOf } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { headOf, readSessionRow, readSummaryColumns, summaryOf } from "./head-row.js";
import { ID_COLUMN, Statement, selectSessions, selectUnreadable, UNREADABLE_RUN } from "./list-sql.js";
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

/** Lists sessions. A page is one statement, two when some of them cannot be read. */
export class SessionLister {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async page(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const { sessions, hasMore, damaged, unreadable } = await this.select(
      namespace,
      plan,
      null,
      plan.after === null,
    );
    const names = new Set(unreadable);
    const found = damaged.filter(({ sessionId = "" }) => !names.has(sessionId)).map(toUnreadable);
    const reported = await this.#report(namespace, unreadable.slice(0, MAX_REPORTED));
    return {
      sessions: sessions.map(({ summary }) => summary),
      hasMore,
      unreadable: [...reported, ...found].slice(0, MAX_REPORTED),
      unreadableCount: unreadable.length + found.length,
    };
  }

  /** One page, with one session more looked for; and those that turn out not to be readable after all. */
  async select(
    namespace: string,
    plan: ListPlan,
    /** One more condition on the session `s`. */
    condition: ((statement: Statement) => string) | null = null,
    /** Whether all unreadable sessions are named too. */
    withUnreadable = false,
  ): Promise<{
    readonly sessions: readonly ListedSession[];
    readonly hasMore: boolean;
    readonly damaged: readonly SessionCorruptedError[];
    readonly unreadable: readonly string[];
  }> {
    const { schema } = this.#database;
    const statement = new Statement();
    const besides = condition?.(statement) ?? null;
    const runs = runsOf(plan).map(
      (run, index) =>
        `SELECT ${index}, r.* FROM (${selectSessions(statement, schema, namespace, plan, run, plan.limit + 1, besides)}) r`,
    );
    if (withUnreadable) runs.push(selectUnreadable(statement, schema, namespace, plan));
    const text = runs.map((run) => `(${run})`).join(" UNION ALL ");
    const rows = runs.length === 0 ? [] : await this.#database.readVaried(text, statement.values);
    const unreadable = rows
      .filter(([run]) => run === UNREADABLE_RUN)
      .map((row) => String(row[ID_COLUMN + 1]));
    const inOrder = byRun(rows).slice(unreadable.length);
    const sessions: ListedSession[] = [];
    const damaged: SessionCorruptedError[] = [];
    for (const [, ...row] of inOrder.slice(0, plan.limit)) {
      const listed = this.parse(row);
      if (listed instanceof SessionCorruptedError) damaged.push(listed);
      else sessions.push(listed);
    }
    return { sessions, hasMore: inOrder.length > plan.limit, damaged, unreadable };
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
        (SELECT s.namespace, 1 FROM ${schema}.sessions s WHERE s.namespace >= $1 ORDER BY s.namespace LIMIT 1)
        UNION ALL SELECT n.namespace, f.place + 1 FROM found f CROSS JOIN LATERAL (
          SELECT s.namespace FROM ${schema}.sessions s WHERE s.namespace > f.namespace ORDER BY s.namespace LIMIT 1) n
        WHERE f.place < ${NAMESPACES_AT_ONCE})
      SELECT namespace FROM found`;
    let first = "";
    for (;;) {
      const rows: readonly SqlRow[] = await this.#database.read(text, [first]);
      for (const [namespace] of rows) {
        yield String(namespace);
        // What comes right behind it: PostgreSQL takes no NUL in a text.
        first = `${String(namespace)}\u0001`;
      }
      if (rows.length < NAMESPACES_AT_ONCE) return;
    }
  }

  async #report(namespace: string, ids: readonly string[]): Promise<readonly UnreadableSession[]> {
    if (ids.length === 0) return [];
    const { schema, location } = this.#database;
    const text = `SELECT ${HEAD_COLUMNS}, d.state
      FROM ${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      WHERE s.namespace = $1 AND s.id = ANY ($2::text[]) ORDER BY s.id`;
    const rows = await this.#database.read(text, [namespace, ids]);
    return rows.map((row) => faultOf(row, location)).filter((item) => item !== null);
  }
}

/** What is wrong with a row of `HEAD_COLUMNS` and the state; null when nothing is, by now. */
function faultOf(row: SqlRow, location: string): UnreadableSession | null {
  const found = readSessionRow(row);
  if (found === null) return null;
  try {
    headOf(found, location);
    return null;
  } catch (error) {
    if (error instanceof SessionCorruptedError) return toUnreadable(error);
    throw error;
  }
}

/** Rows begin with the number of their run, in which they are in order. */
function byRun(rows: readonly SqlRow[]): readonly SqlRow[] {
  return [...rows].sort(([a], [b]) => Number(a) - Number(b));
}

function toUnreadable(error: SessionCorruptedError): UnreadableSession {
  return { id: error.sessionId ?? "", code: error.code, message: error.message };
}
