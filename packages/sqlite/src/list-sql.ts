import {
  endOfPrefix,
  type ListPlan,
  type ListPosition,
  type ListRun,
  labelFacet,
  metadataFacet,
} from "@agent-sessions/core/backend";
import { SUMMARY_COLUMNS } from "./head-row.js";
import type { SqlValue } from "./sql-database.js";

/** A piece of SQL with the values of its parameters, in order. */
export interface SqlPart {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

const COLUMN = {
  updatedAt: "s.updated_at",
  createdAt: "s.created_at",
  title: "s.title",
  id: "s.id",
} as const;
const INDEX = {
  updatedAt: "agent_sessions_sessions_by_updated",
  createdAt: "agent_sessions_sessions_by_created",
  title: "agent_sessions_sessions_by_title",
  id: "agent_sessions_sessions_by_id",
} as const;

/** How the rows of a list are reached. */
export type ListAccess =
  /** In the order asked for, along its index. */
  | { readonly kind: "in-order" }
  /** The few sessions that a facet, a parent or a list of ids names, sorted. */
  | { readonly kind: "named"; readonly from: SqlPart };

/** One query for the rows of a run: behind `run.after`, up to and with `until` when given, at most `limit`. */
export function selectSessions(
  namespace: string,
  plan: ListPlan,
  run: ListRun,
  access: ListAccess,
  until: ListPosition | null,
  limit: number,
): SqlPart {
  const filters = [...boundsOf(plan, run.after, until), ...filtersOf(namespace, plan, run)];
  const from = access.kind === "named" ? access.from : inOrder(plan, run);
  return {
    sql: `SELECT ${SUMMARY_COLUMNS} FROM ${from.sql} WHERE s.namespace = ?${and(filters)} ORDER BY ${orderOf(plan)} LIMIT ?`,
    values: [...from.values, namespace, ...filters.flatMap(({ values }) => values), limit],
  };
}

/** The place of the row that ends a window of some rows of a run; reads the index alone. */
export function selectWindowEnd(
  namespace: string,
  plan: ListPlan,
  run: ListRun,
  windowRows: number,
): SqlPart {
  const bounds = boundsOf(plan, run.after, null);
  const from = inOrder(plan, { ...run, pinned: null });
  return {
    sql: `SELECT ${COLUMN[plan.orderBy]}, s.id FROM ${from.sql} WHERE s.namespace = ?${and(bounds)} ORDER BY ${orderOf(plan)} LIMIT 1 OFFSET ?`,
    values: [namespace, ...bounds.flatMap(({ values }) => values), windowRows - 1],
  };
}

/** Whether rows may be looked at that then fail a filter that no index serves. */
export function filtersRows(plan: ListPlan, run: ListRun): boolean {
  return (
    plan.labels.length > 0 ||
    plan.metadata.length > 0 ||
    run.pinned !== null ||
    plan.archived !== null ||
    plan.parentId !== null ||
    plan.titleContains !== null ||
    plan.idPrefix !== null ||
    plan.updatedAfter !== null ||
    plan.updatedBefore !== null ||
    plan.createdAfter !== null ||
    plan.createdBefore !== null
  );
}

/** The ways to name the sessions that may pass the filters, each with the sessions' keys only. */
export function namedAccesses(namespace: string, plan: ListPlan): readonly SqlPart[] {
  const facets = [
    ...plan.labels.map(labelFacet),
    ...plan.metadata.map(([key, value]) => metadataFacet(key, value)),
  ];
  const named: SqlPart[] = facets.map(([kind, key, value]) => ({
    sql: "SELECT session_pk AS pk FROM agent_sessions_facets WHERE namespace = ? AND kind = ? AND key = ? AND value = ?",
    values: [namespace, kind, key, value],
  }));
  if (plan.parentId !== null) {
    named.push({
      sql: "SELECT pk FROM agent_sessions_sessions WHERE namespace = ? AND parent_id = ?",
      values: [namespace, plan.parentId],
    });
  }
  return named;
}

/** The sessions that a query of keys names, as a source of rows. */
export function namedBy(keys: SqlPart): SqlPart {
  // CROSS JOIN keeps the order of the tables: the keys first, then each one's row.
  return { sql: `(${keys.sql}) k CROSS JOIN agent_sessions_sessions s ON s.pk = k.pk`, values: keys.values };
}

/** The keys of sessions with these ids. */
export function keysOfIds(namespace: string, ids: Iterable<string>): SqlPart {
  return {
    sql: `SELECT i.pk AS pk FROM json_each(?) j CROSS JOIN agent_sessions_sessions i ON i.namespace = ? AND i.id = j.value`,
    values: [JSON.stringify([...ids]), namespace],
  };
}

/** The filter that a prefix of an id makes: bytewise bounds, so that no character has a meaning of its own. */
export function idPrefixFilter(column: string, prefix: string): SqlPart | null {
  if (prefix === "") return null;
  const end = endOfPrefix(prefix);
  if (end === null) return { sql: `${column} >= ?`, values: [prefix] };
  return { sql: `${column} >= ? AND ${column} < ?`, values: [prefix, end] };
}

function inOrder(plan: ListPlan, run: ListRun): SqlPart {
  // A window of the pinned ones alone has an index of its own; any other order of them is a sort of few rows.
  const index = run.pinned === true ? "agent_sessions_sessions_pinned" : INDEX[plan.orderBy];
  return { sql: `agent_sessions_sessions s INDEXED BY ${index}`, values: [] };
}

function orderOf(plan: ListPlan): string {
  const direction = plan.direction.toUpperCase();
  return plan.orderBy === "id" ? `s.id ${direction}` : `${COLUMN[plan.orderBy]} ${direction}, s.id`;
}

/** Behind `after` and not behind `until`, in the plan's order. The first term of each is what the index seeks by. */
function boundsOf(
  plan: ListPlan,
  after: ListPosition | null,
  until: ListPosition | null,
): readonly SqlPart[] {
  const column = COLUMN[plan.orderBy];
  const [onward, back] = plan.direction === "asc" ? [">", "<"] : ["<", ">"];
  const bounds: SqlPart[] = [];
  if (plan.orderBy === "id") {
    if (after !== null) bounds.push({ sql: `${column} ${onward} ?`, values: [after.id] });
    if (until !== null) bounds.push({ sql: `${column} ${back}= ?`, values: [until.id] });
    return bounds;
  }
  if (after !== null) {
    bounds.push({
      sql: `${column} ${onward}= ? AND (${column} ${onward} ? OR s.id > ?)`,
      values: [after.value, after.value, after.id],
    });
  }
  if (until !== null) {
    bounds.push({
      sql: `${column} ${back}= ? AND (${column} ${back} ? OR s.id <= ?)`,
      values: [until.value, until.value, until.id],
    });
  }
  return bounds;
}

function filtersOf(namespace: string, plan: ListPlan, run: ListRun): readonly SqlPart[] {
  const filters: (SqlPart | null)[] = [
    plan.ids === null
      ? null
      : { sql: "s.id IN (SELECT value FROM json_each(?))", values: [JSON.stringify([...plan.ids])] },
    plan.idPrefix === null ? null : idPrefixFilter("s.id", plan.idPrefix),
    // As a constant, or the partial index of pinned sessions could not be used.
    run.pinned === null ? null : { sql: `s.pinned = ${run.pinned ? 1 : 0}`, values: [] },
    plan.archived === null ? null : { sql: "s.archived = ?", values: [plan.archived ? 1 : 0] },
    compare("s.parent_id", "=", plan.parentId),
    compare("s.updated_at", ">", plan.updatedAfter),
    compare("s.updated_at", "<", plan.updatedBefore),
    compare("s.created_at", ">", plan.createdAfter),
    compare("s.created_at", "<", plan.createdBefore),
    plan.titleContains === null
      ? null
      : { sql: "instr(s.title_folded, ?) > 0", values: [plan.titleContains] },
    ...plan.labels.map((label) => hasFacet(namespace, labelFacet(label))),
    ...plan.metadata.map(([key, value]) => hasFacet(namespace, metadataFacet(key, value))),
  ];
  return filters.filter((filter) => filter !== null);
}

function compare(column: string, operator: string, value: string | null): SqlPart | null {
  return value === null ? null : { sql: `${column} ${operator} ?`, values: [value] };
}

function hasFacet(namespace: string, [kind, key, value]: readonly [string, string, string]): SqlPart {
  return {
    sql: "EXISTS (SELECT 1 FROM agent_sessions_facets f WHERE f.namespace = ? AND f.kind = ? AND f.key = ? AND f.value = ? AND f.session_pk = s.pk)",
    values: [namespace, kind, key, value],
  };
}

function and(parts: readonly SqlPart[]): string {
  return parts.map(({ sql }) => ` AND (${sql})`).join("");
}
