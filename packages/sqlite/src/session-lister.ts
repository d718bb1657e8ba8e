import { SessionCorruptedError, type SessionSummary, type UnreadableSession } from "@agent-sessions/core";
import {
  type BackendPage,
  type ListPlan,
  type ListPosition,
  type ListRun,
  runsOf,
} from "@agent-sessions/core/backend";
import { findSession } from "./find-session.js";
import { readSummaryRow, rowCorrupted } from "./head-row.js";
import {
  filtersRows,
  idPrefixFilter,
  keysOfIds,
  type ListAccess,
  namedAccesses,
  namedBy,
  type SqlPart,
  selectSessions,
  selectWindowEnd,
} from "./list-sql.js";
import { nextTurn } from "./next-turn.js";
import { SESSION_IS_UNREADABLE, STATE_IS_UNREADABLE } from "./schema.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlRow } from "./sql-database.js";
import type { Transactions } from "./transactions.js";

/** A session in a list, and the number its entries are filed under. */
export interface ListedSession {
  readonly transcript: number;
  readonly summary: SessionSummary;
}

/** When a facet names so few sessions at most, they are fetched and sorted; else the list is walked in its order. */
const MAX_NAMED = 1000;
/** Sessions are filtered in windows of so many rows: a filter that few pass holds the event loop no longer than one of them takes. */
const WINDOW_ROWS = 4096;
/** How many unreadable sessions a page reports. */
const MAX_REPORTED = 100;

/** Some rows of a run, and where to go on. */
interface Step {
  readonly rows: readonly SqlRow[];
  readonly hasBadState: ReadonlySet<unknown>;
  readonly end: ListPosition | "end";
}

interface Collected {
  readonly sessions: readonly ListedSession[];
  readonly hasMore: boolean;
  /** Sessions that the walk came upon and could not read. */
  readonly damaged: readonly SessionCorruptedError[];
}

/** Lists sessions from the database, in slices that leave the event loop free in between. */
export class SessionLister {
  readonly #transactions: Transactions;
  readonly #location: string;
  readonly #windowRows: number;

  constructor(transactions: Transactions, location: string, windowRows: number = WINDOW_ROWS) {
    this.#transactions = transactions;
    this.#location = location;
    this.#windowRows = windowRows;
  }

  async page(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const isFirst = plan.after === null;
    const known = isFirst
      ? await this.#transactions.read(({ sql }) => this.#findUnreadable(sql, namespace, plan), [])
      : [];
    const { sessions, hasMore, damaged } = await this.#collect(namespace, plan);
    const isKnown = new Set(known.map(({ id }) => id));
    const found = damaged.filter((error) => !isKnown.has(error.sessionId ?? "")).map(toUnreadable);
    return {
      sessions: sessions.map(({ summary }) => summary),
      hasMore,
      unreadable: [...known, ...found].slice(0, MAX_REPORTED),
      unreadableCount: known.length + found.length,
    };
  }

  /** The readable sessions that pass the plan's filters, in its order, in a first and then in later batches of a given size. */
  async *batches(
    namespace: string,
    plan: ListPlan,
    size: { readonly first: number; readonly later: number },
  ): AsyncGenerator<readonly ListedSession[], void, undefined> {
    let { after } = plan;
    let limit = size.first;
    for (;;) {
      const { sessions, hasMore } = await this.#collect(namespace, { ...plan, after, limit });
      if (sessions.length > 0) yield sessions;
      const last = sessions.at(-1)?.summary;
      if (!hasMore || last === undefined) return;
      after = { pinned: null, value: last[plan.orderBy], id: last.id };
      limit = size.later;
      await nextTurn();
    }
  }

  /** Those of some sessions, named by transcript, that pass the plan's filters, in its order. */
  async ofTranscripts(
    namespace: string,
    plan: ListPlan,
    transcripts: readonly number[],
  ): Promise<readonly ListedSession[]> {
    const keys: SqlPart = {
      sql: "SELECT t.pk AS pk FROM json_each(?) j CROSS JOIN agent_sessions_sessions t ON t.transcript = j.value",
      values: [JSON.stringify(transcripts)],
    };
    const access: ListAccess = { kind: "named", from: namedBy(keys) };
    const run: ListRun = { pinned: plan.pinned, after: plan.after };
    return await this.#transactions.read(({ sql }) => {
      const query = selectSessions(namespace, plan, run, access, null, transcripts.length);
      const hasBadState = badStates(sql);
      return sql
        .rows(query.sql, ...query.values)
        .map((row) => this.#parse(row, hasBadState))
        .filter(isListed);
    }, []);
  }

  /** The namespaces with at least one session, in steps over the index. */
  async *namespaces(): AsyncGenerator<string, void, undefined> {
    let next: string | null = "";
    let operator = ">=";
    while (next !== null) {
      const select = `SELECT namespace FROM agent_sessions_sessions INDEXED BY agent_sessions_sessions_by_id
        WHERE namespace ${operator} ? ORDER BY namespace LIMIT 1`;
      const from: string = next;
      const [found] = await this.#transactions.read(({ sql }) => sql.cells(select, from), []);
      next = typeof found === "string" ? found : null;
      operator = ">";
      if (next !== null) yield next;
    }
  }

  /** One page of a plan, with one session more looked for. */
  async #collect(namespace: string, plan: ListPlan): Promise<Collected> {
    const access = await this.#transactions.read(({ sql }) => chooseAccess(sql, namespace, plan), {
      kind: "in-order",
    } as const);
    const sessions: ListedSession[] = [];
    const damaged: SessionCorruptedError[] = [];
    for (const run of runsOf(plan)) {
      let after: ListPosition | null | "end" = run.after;
      while (after !== "end") {
        const wanted = plan.limit + 1 - sessions.length;
        const step = await this.#step(namespace, plan, { ...run, after }, access, wanted);
        for (const row of step.rows) {
          const parsed = this.#parse(row, step.hasBadState);
          if (parsed instanceof SessionCorruptedError) damaged.push(parsed);
          else sessions.push(parsed);
        }
        if (sessions.length > plan.limit) {
          return { sessions: sessions.slice(0, plan.limit), hasMore: true, damaged };
        }
        after = step.end;
        if (after !== "end") await nextTurn();
      }
    }
    return { sessions, hasMore: false, damaged };
  }

  /** Some rows of a run, and where to go on. */
  async #step(
    namespace: string,
    plan: ListPlan,
    run: ListRun,
    access: ListAccess,
    limit: number,
  ): Promise<Step> {
    // The pinned ones have an index of their own, and are few.
    const isWindowed = access.kind === "in-order" && run.pinned !== true && filtersRows(plan, run);
    return await this.#transactions.read<Step>(
      ({ sql }) =>
        sql.snapshot(() => {
          const until = isWindowed ? this.#findWindowEnd(sql, namespace, plan, run) : null;
          const query = selectSessions(namespace, plan, run, access, until, limit);
          const rows = sql.rows(query.sql, ...query.values);
          const hasBadState = badStates(sql);
          const last = rows.at(-1);
          if (last !== undefined && rows.length === limit)
            return { rows, hasBadState, end: placeOf(last, plan) };
          return { rows, hasBadState, end: until ?? "end" };
        }),
      { rows: [], hasBadState: new Set(), end: "end" },
    );
  }

  #findWindowEnd(sql: SqlConnection, namespace: string, plan: ListPlan, run: ListRun): ListPosition | null {
    const query = selectWindowEnd(namespace, plan, run, this.#windowRows);
    const [value, id] = sql.cells(query.sql, ...query.values);
    return typeof value === "string" && typeof id === "string" ? { pinned: null, value, id } : null;
  }

  #parse(row: SqlRow, hasBadState: ReadonlySet<unknown>): ListedSession | SessionCorruptedError {
    try {
      const listed = readSummaryRow(row, this.#location);
      if (!hasBadState.has(listed.pk)) return listed;
      const place = `agent_sessions_states row ${listed.pk}, column state`;
      return rowCorrupted(listed.summary, this.#location, place, "the value is no JSON object");
    } catch (error) {
      if (error instanceof SessionCorruptedError) return error;
      throw error;
    }
  }

  #findUnreadable(sql: SqlConnection, namespace: string, plan: ListPlan): UnreadableSession[] {
    return unreadableIds(sql, namespace, plan).map((id, index) => {
      if (index >= MAX_REPORTED) return { id, code: "SESSION_CORRUPTED", message: "" };
      try {
        findSession(sql, { namespace, id }, this.#location);
      } catch (error) {
        if (error instanceof SessionCorruptedError) return toUnreadable(error);
        throw error;
      }
      return { id, code: "SESSION_CORRUPTED", message: `Session ${JSON.stringify(id)} cannot be read.` };
    });
  }
}

/** The ids of sessions with a damaged row or state, by way of the two indexes that hold nothing else. */
function unreadableIds(sql: SqlConnection, namespace: string, plan: ListPlan): readonly string[] {
  const prefix = plan.idPrefix === null ? null : idPrefixFilter("id", plan.idPrefix);
  const filter = prefix === null ? "" : ` AND ${prefix.sql}`;
  const values = [namespace, ...(prefix?.values ?? [])];
  const rows = sql.rows(
    `SELECT id FROM agent_sessions_sessions INDEXED BY agent_sessions_sessions_unreadable
       WHERE namespace = ? AND (${SESSION_IS_UNREADABLE})${filter}
     UNION
     SELECT id FROM (SELECT session_pk FROM agent_sessions_states INDEXED BY agent_sessions_states_unreadable
       WHERE ${STATE_IS_UNREADABLE}) CROSS JOIN agent_sessions_sessions ON pk = session_pk
       WHERE namespace = ?${filter}
     ORDER BY id`,
    ...values,
    ...values,
  );
  const ids = rows.map(([id]) => String(id));
  return plan.ids === null ? ids : ids.filter((id) => plan.ids?.has(id));
}

/** The keys of sessions whose row is sound and whose state is not: hardly ever any. */
function badStates(sql: SqlConnection): ReadonlySet<unknown> {
  const select = `SELECT session_pk FROM agent_sessions_states INDEXED BY agent_sessions_states_unreadable
    WHERE ${STATE_IS_UNREADABLE}`;
  return new Set(sql.column(select));
}

/** Fetch the few sessions that the narrowest filter names, or walk the order's index. */
function chooseAccess(sql: SqlConnection, namespace: string, plan: ListPlan): ListAccess {
  if (plan.ids !== null) return { kind: "named", from: namedBy(keysOfIds(namespace, plan.ids)) };
  let best: { readonly count: number; readonly keys: SqlPart } | null = null;
  for (const keys of namedAccesses(namespace, plan)) {
    const limit: number = best?.count ?? MAX_NAMED + 1;
    const [count]: SqlRow = sql.cells(`SELECT count(*) FROM (${keys.sql} LIMIT ?)`, ...keys.values, limit);
    if (typeof count === "number" && count < limit) best = { count, keys };
  }
  return best === null ? { kind: "in-order" } : { kind: "named", from: namedBy(best.keys) };
}

/** Where a row of `SUMMARY_COLUMNS` stands, readable or not. */
function placeOf(row: SqlRow, plan: ListPlan): ListPosition {
  const column = { id: 3, title: 4, createdAt: 15, updatedAt: 16 }[plan.orderBy];
  return { pinned: null, value: String(row[column]), id: String(row[3]) };
}

function isListed(parsed: ListedSession | SessionCorruptedError): parsed is ListedSession {
  return "transcript" in parsed;
}

function toUnreadable(error: SessionCorruptedError): UnreadableSession {
  return { id: error.sessionId ?? "", code: error.code, message: error.message };
}
