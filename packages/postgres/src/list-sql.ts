import {
  endOfPrefix,
  type ListPlan,
  type ListPosition,
  type ListRun,
  labelFacet,
  metadataFacet,
} from "@agent-sessions/core/backend";
import { facetKey, toMilliseconds } from "./head-row.js";
import type { SqlParameter } from "./postgres-driver.js";
import { INDEXED_TITLE, isUnreadable, stateIsUnreadable } from "./schema.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** How many columns `HEAD_COLUMNS` are, and which of them is the session's id. */
const COLUMNS_OF_HEAD = 21;
export const ID_COLUMN = 12;

/** What rows begin with that name unreadable sessions; others with the number of their run. */
export const UNREADABLE_RUN = -1;

/** A statement that is being put together, with its parameters. */
export class Statement {
  readonly values: SqlParameter[] = [];

  /** The place of one more parameter. */
  take(value: SqlParameter): string {
    return `$${this.values.push(value)}`;
  }
}

/** The readable sessions of a run that pass the filters: behind `run.after`, at most `limit`. */
export function selectSessions(
  statement: Statement,
  schema: string,
  namespace: string,
  plan: ListPlan,
  run: ListRun,
  limit: number,
  /** One more condition on the session `s`. */
  condition: string | null = null,
): string {
  const place = statement.take(namespace);
  // The limit stands in the text: the server would not know from a parameter that it has to hurry.
  const conditions = [
    ...(condition === null ? [] : [condition]),
    `s.namespace = ${place}`,
    ...filtersOf(statement, schema, plan, run),
    ...(run.after === null ? [] : [behind(statement, plan, run.after)]),
    // Nearly always there are none. That is asked first, because to fill a table of them takes long: the server expects half of all.
    `(NOT EXISTS (${unreadableIds(schema, place)}) OR s.id NOT IN (${unreadableIds(schema, place)}))`,
  ];
  return `SELECT ${HEAD_COLUMNS} FROM ${schema}.sessions s WHERE ${conditions.join(" AND ")}
    ORDER BY ${orderOf(plan)} LIMIT ${limit}`;
}

/** The ids of all sessions of a namespace that cannot be read, in rows like those of `selectSessions` behind the number of a run. */
export function selectUnreadable(
  statement: Statement,
  schema: string,
  namespace: string,
  plan: ListPlan,
): string {
  const place = statement.take(namespace);
  const filters = idFilters(statement, plan, "x.id")
    .map((filter) => ` AND ${filter}`)
    .join("");
  // Each looked up by itself: the server expects many, and would join them to all sessions.
  const columns = Array.from({ length: COLUMNS_OF_HEAD }, (_, index) =>
    index === ID_COLUMN ? "x.id" : "NULL",
  );
  return `SELECT ${UNREADABLE_RUN}, ${columns.join(", ")} FROM (${unreadableIds(schema, place)}) x
    WHERE (SELECT true FROM ${schema}.sessions s WHERE s.namespace = ${place} AND s.id = x.id)${filters}
    GROUP BY x.id ORDER BY x.id`;
}

/** By way of the two indexes that hold nothing else: hardly ever any, and to look at each session's columns would take milliseconds. */
function unreadableIds(schema: string, namespace: string): string {
  return `SELECT s.id FROM ${schema}.sessions s WHERE s.namespace = ${namespace} AND ${isUnreadable(schema, "s.")}
    UNION ALL SELECT d.id FROM ${schema}.states d WHERE d.namespace = ${namespace} AND ${stateIsUnreadable(schema, "d.state")}`;
}

function filtersOf(statement: Statement, schema: string, plan: ListPlan, run: ListRun): readonly string[] {
  const { labels, metadata, archived, parentId, titleContains } = plan;
  const filters = [...idFilters(statement, plan, "s.id")];
  // As they are, or the partial index of pinned sessions could not be used.
  if (run.pinned !== null) filters.push(run.pinned ? "s.pinned" : "NOT s.pinned");
  if (archived !== null) filters.push(archived ? "s.archived" : "NOT s.archived");
  if (parentId !== null) {
    filters.push(isKnowable(parentId) ? `s.parent_id = ${statement.take(parentId)}` : "false");
  }
  const bounds = [
    ["s.updated_at >", plan.updatedAfter],
    ["s.updated_at <", plan.updatedBefore],
    ["s.created_at >", plan.createdAfter],
    ["s.created_at <", plan.createdBefore],
  ] as const;
  for (const [comparison, time] of bounds) {
    if (time !== null) filters.push(`${comparison} ${statement.take(toMilliseconds(time))}`);
  }
  if (titleContains !== null) {
    const isKnown = isKnowable(titleContains);
    filters.push(isKnown ? `strpos(s.title_folded, ${statement.take(titleContains)}) > 0` : "false");
  }
  const facets = [...labels.map(labelFacet), ...metadata.map(([key, value]) => metadataFacet(key, value))];
  for (const facet of facets) {
    filters.push(`EXISTS (SELECT FROM ${schema}.facets f
      WHERE f.namespace = s.namespace AND f.facet = ${statement.take(facetKey(facet))} AND f.id = s.id)`);
  }
  return filters;
}

function idFilters(statement: Statement, plan: ListPlan, column: string): readonly string[] {
  const { ids, idPrefix } = plan;
  const filters: string[] = [];
  if (ids !== null) filters.push(`${column} = ANY (${statement.take([...ids].filter(isKnowable))}::text[])`);
  if (idPrefix === null || idPrefix === "") return filters;
  if (!isKnowable(idPrefix)) return [...filters, "false"];
  const end = endOfPrefix(idPrefix);
  filters.push(`${column} >= ${statement.take(idPrefix)}`);
  if (end !== null) filters.push(`${column} < ${statement.take(end)}`);
  return filters;
}

/** PostgreSQL takes no NUL in a text; no id and no title holds one either. */
function isKnowable(text: string): boolean {
  return !text.includes("\0");
}

/** The first column is what an index orders by; the others decide between rows that are equal in it. */
function columnsOf({ orderBy }: ListPlan): readonly string[] {
  if (orderBy === "id") return ["s.id"];
  if (orderBy === "title") return [`left(s.title, ${INDEXED_TITLE})`, "s.title"];
  return [orderBy === "createdAt" ? "s.created_at" : "s.updated_at"];
}

function orderOf(plan: ListPlan): string {
  const direction = plan.direction === "asc" ? "ASC" : "DESC";
  const order = columnsOf(plan).map((column) => `${column} ${direction}`);
  return [...order, ...(plan.orderBy === "id" ? [] : ["s.id"])].join(", ");
}

function behind(statement: Statement, plan: ListPlan, after: ListPosition): string {
  const onward = plan.direction === "asc" ? ">" : "<";
  if (plan.orderBy === "id") return `s.id ${onward} ${statement.take(after.id)}`;
  const isTitle = plan.orderBy === "title";
  const value = statement.take(isTitle ? after.value : toMilliseconds(after.value));
  const [indexed, exact = indexed] = columnsOf(plan);
  const first = isTitle ? `left(${value}, ${INDEXED_TITLE})` : value;
  // The first term is what the index seeks by.
  return `${indexed} ${onward}= ${first} AND (${exact} ${onward} ${value} OR ${exact} = ${value} AND s.id > ${statement.take(after.id)})`;
}
