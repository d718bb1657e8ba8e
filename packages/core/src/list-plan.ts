import type { SessionSummary } from "./session.js";
import { compareCodePoints, foldText } from "./text.js";
import { TimeSlice } from "./time-slice.js";

/** A list query after validation: every default filled in, every filter that is left out is null or empty. */
export interface ListPlan {
  readonly ids: ReadonlySet<string> | null;
  readonly idPrefix: string | null;
  /** All of these. */
  readonly labels: readonly string[];
  /** Each of these equal. */
  readonly metadata: readonly (readonly [key: string, value: string | number | boolean | null])[];
  readonly pinned: boolean | null;
  readonly archived: boolean | null;
  readonly parentId: string | null;
  /** Folded; compare with the folded title. */
  readonly titleContains: string | null;
  /** Exclusive bounds, ISO 8601. */
  readonly updatedAfter: string | null;
  readonly updatedBefore: string | null;
  readonly createdAfter: string | null;
  readonly createdBefore: string | null;
  readonly orderBy: "updatedAt" | "createdAt" | "title" | "id";
  readonly direction: "asc" | "desc";
  readonly pinnedFirst: boolean;
  readonly limit: number;
  /** Begin behind this row; null for the first page. */
  readonly after: ListPosition | null;
}

/** A row's place in the order of a list. */
export interface ListPosition {
  /** Null unless pinned sessions come first. */
  readonly pinned: boolean | null;
  /** The value of the `orderBy` field. */
  readonly value: string;
  readonly id: string;
}

/** The place of a row in the order of `plan`. */
export function positionOf(plan: ListPlan, row: SessionSummary): ListPosition {
  return { pinned: plan.pinnedFirst ? row.pinned : null, value: row[plan.orderBy], id: row.id };
}

/** Negative when `a` comes before `b`: pinned first when asked, then the field in its direction, then the id ascending. */
export function comparePositions(plan: ListPlan, a: ListPosition, b: ListPosition): number {
  if (a.pinned !== b.pinned) return a.pinned === true ? -1 : 1;
  const byValue = compareValues(plan, a.value, b.value);
  if (byValue !== 0) return plan.direction === "asc" ? byValue : -byValue;
  return compareCodePoints(a.id, b.id);
}

/** Times are ASCII, which the engine itself compares right, and far faster than a loop that is not compiled yet. */
function compareValues({ orderBy }: ListPlan, a: string, b: string): number {
  if (orderBy === "title" || orderBy === "id") return compareCodePoints(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether an id passes the filters that concern the id alone (the ones that hold for unreadable sessions too). */
export function matchesId(plan: ListPlan, id: string): boolean {
  return (plan.ids === null || plan.ids.has(id)) && (plan.idPrefix === null || id.startsWith(plan.idPrefix));
}

/** The filters that filter anything, each as a test: most plans have none or one, and rows come by the ten thousand. */
function testsOf(plan: ListPlan): readonly ((row: SessionSummary) => boolean)[] {
  const { ids, idPrefix, labels, metadata, pinned, archived, parentId, titleContains } = plan;
  const { updatedAfter, updatedBefore, createdAfter, createdBefore } = plan;
  const tests: ((row: SessionSummary) => boolean)[] = [];
  if (ids !== null || idPrefix !== null) tests.push((row) => matchesId(plan, row.id));
  if (pinned !== null) tests.push((row) => row.pinned === pinned);
  if (archived !== null) tests.push((row) => row.archived === archived);
  if (parentId !== null) tests.push((row) => row.parent?.id === parentId);
  if (updatedAfter !== null) tests.push((row) => row.updatedAt > updatedAfter);
  if (updatedBefore !== null) tests.push((row) => row.updatedAt < updatedBefore);
  if (createdAfter !== null) tests.push((row) => row.createdAt > createdAfter);
  if (createdBefore !== null) tests.push((row) => row.createdAt < createdBefore);
  if (labels.length > 0) tests.push((row) => labels.every((label) => row.labels.includes(label)));
  for (const [key, value] of metadata) {
    tests.push((row) => Object.hasOwn(row.metadata, key) && row.metadata[key] === value);
  }
  if (titleContains !== null) tests.push((row) => foldText(row.title).includes(titleContains));
  return tests;
}

/** Whether a row passes the filters of `plan`, wherever it stands in the order. */
export function filterOf(plan: ListPlan): (row: SessionSummary) => boolean {
  const tests = testsOf(plan);
  return tests.length === 0 ? () => true : (row) => tests.every((test) => test(row));
}

/** So many rows between two looks at the clock; each takes about a microsecond. */
const ROWS_PER_LOOK = 32;

/** Whether the field that is ordered by puts a row behind a position already: true of most rows, and the cheapest thing to ask. */
function isBehind(plan: ListPlan, row: SessionSummary, worst: ListPosition | null): boolean {
  if (worst === null || plan.pinnedFirst) return false;
  const byValue = compareValues(plan, row[plan.orderBy], worst.value);
  return plan.direction === "asc" ? byValue > 0 : byValue < 0;
}

/**
 * The page that `plan` asks for out of all rows: filtered, behind `plan.after`, ordered, at most `plan.limit`.
 * Gives the event loop back between slices of rows.
 */
export async function selectPage<Row extends SessionSummary>(
  plan: ListPlan,
  rows: Iterable<Row>,
): Promise<{ readonly sessions: Row[]; readonly hasMore: boolean }> {
  const wanted = plan.limit + 1;
  const passes = filterOf(plan);
  let kept: { readonly position: ListPosition; readonly row: Row }[] = [];
  /** No row behind this one can be on the page. */
  let worst: ListPosition | null = null;
  const trim = (): void => {
    kept.sort((a, b) => comparePositions(plan, a.position, b.position));
    kept = kept.slice(0, wanted);
    worst = kept[wanted - 1]?.position ?? null;
  };
  const slice = new TimeSlice();
  let looked = 0;
  for (const row of rows) {
    if (looked++ % ROWS_PER_LOOK === 0 && slice.isOver) await slice.pause();
    if (!passes(row)) continue;
    if (isBehind(plan, row, worst)) continue;
    const position = positionOf(plan, row);
    if (plan.after !== null && comparePositions(plan, position, plan.after) <= 0) continue;
    if (worst !== null && comparePositions(plan, position, worst) > 0) continue;
    kept.push({ position, row });
    // Sorting only every so often keeps memory bounded and the cost near linear.
    if (kept.length >= 2 * wanted + 256) trim();
  }
  trim();
  return { sessions: kept.slice(0, plan.limit).map(({ row }) => row), hasMore: kept.length > plan.limit };
}
