import { canonicalJson } from "./canonical-json.js";
import { InvalidInputError } from "./errors.js";
import { fnv1a } from "./fnv1a.js";
import { checkMetadata, checkTime } from "./head-fields.js";
import type { ListPlan, ListPosition } from "./list-plan.js";
import type { Metadata } from "./session.js";
import { checkKnownKeys } from "./store-options.js";
import { foldText } from "./text.js";

const FILTER_KEYS = [
  "ids",
  "idPrefix",
  "labels",
  "metadata",
  "pinned",
  "archived",
  "parentId",
  "titleContains",
  "updatedAfter",
  "updatedBefore",
  "createdAfter",
  "createdBefore",
] as const;
const LIST_KEYS = [...FILTER_KEYS, "orderBy", "direction", "pinnedFirst", "limit", "cursor"] as const;
const SEARCH_KEYS = [...FILTER_KEYS, "limit"] as const;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

type Query = Record<string, unknown>;

/** The plan of a list query. @throws {InvalidInputError} INVALID_QUERY, also for a cursor that is not of this query */
export function planList(query: unknown, namespace: string): ListPlan {
  const given = query ?? {};
  checkKnownKeys(given, LIST_KEYS, "INVALID_QUERY", "the list query", "query");
  const orderBy = oneOf(given, "orderBy", ["updatedAt", "createdAt", "title", "id"] as const) ?? "updatedAt";
  const plan: ListPlan = {
    ...checkFilter(given),
    orderBy,
    direction:
      oneOf(given, "direction", ["asc", "desc"] as const) ??
      (orderBy === "title" || orderBy === "id" ? "asc" : "desc"),
    pinnedFirst: optional(given, "pinnedFirst", isBoolean) ?? false,
    limit: checkLimit(given) ?? DEFAULT_LIMIT,
    after: null,
  };
  const cursor = optional(given, "cursor", isText);
  return cursor === null ? plan : { ...plan, after: decodeCursor(cursor, plan, namespace) };
}

/** The plan of a search: filters as in a list, order newest first; and the number of hits asked for (null: all). */
export function planSearch(query: unknown): { readonly filter: ListPlan; readonly limit: number | null } {
  const given = query ?? {};
  checkKnownKeys(given, SEARCH_KEYS, "INVALID_QUERY", "the search query", "query");
  const filter: ListPlan = {
    ...checkFilter(given),
    orderBy: "updatedAt",
    direction: "desc",
    pinnedFirst: false,
    limit: MAX_LIMIT,
    after: null,
  };
  return { filter, limit: checkLimit(given) };
}

/** The text that lets a later call of the same query go on behind `position`. */
export function encodeCursor(position: ListPosition, plan: ListPlan, namespace: string): string {
  const payload = JSON.stringify([position.pinned, position.value, position.id]);
  return `${Buffer.from(payload).toString("base64url")}.${seal(payload, plan, namespace)}`;
}

function decodeCursor(cursor: string, plan: ListPlan, namespace: string): ListPosition {
  const [body = "", mark = ""] = cursor.split(".");
  const payload = Buffer.from(body, "base64url").toString("utf8");
  if (
    `${Buffer.from(payload).toString("base64url")}.${seal(payload, plan, namespace)}` !== `${body}.${mark}` ||
    cursor !== `${body}.${mark}`
  ) {
    throw invalid("cursor", "is garbled or belongs to another query; begin again without a cursor");
  }
  const [pinned, value, id] = JSON.parse(payload) as [boolean | null, string, string];
  return { pinned, value, id };
}

/** Binds a cursor to its query (all of it but the limit) and shows a change of any character. */
function seal(payload: string, plan: ListPlan, namespace: string): string {
  const { ids, limit: _limit, after: _after, ...rest } = plan;
  const query = canonicalJson({ ...rest, ids: ids === null ? null : [...ids].sort(), namespace });
  const text = `${query}\n${payload}`;
  const once = fnv1a(text);
  return [once, fnv1a(text, once)].map((hash) => hash.toString(16).padStart(8, "0")).join("");
}

function checkFilter(
  query: Query,
): Omit<ListPlan, "orderBy" | "direction" | "pinnedFirst" | "limit" | "after"> {
  const ids = optional(query, "ids", isTextArray);
  const title = optional(query, "titleContains", isText);
  const time = (name: string): string | null =>
    query[name] === undefined ? null : checkTime(query[name], name, "INVALID_QUERY");
  return {
    ids: ids === null ? null : new Set(ids),
    idPrefix: optional(query, "idPrefix", isText),
    labels: [...new Set(optional(query, "labels", isTextArray) ?? [])].sort(),
    metadata: checkMetadataFilter(query["metadata"]),
    pinned: optional(query, "pinned", isBoolean),
    archived: optional(query, "archived", isBoolean),
    parentId: optional(query, "parentId", isText),
    titleContains: title === null || title === "" ? null : foldText(title),
    updatedAfter: time("updatedAfter"),
    updatedBefore: time("updatedBefore"),
    createdAfter: time("createdAfter"),
    createdBefore: time("createdBefore"),
  };
}

function checkMetadataFilter(value: unknown): ListPlan["metadata"] {
  if (value === undefined) return [];
  let metadata: Metadata;
  try {
    metadata = checkMetadata(value);
  } catch (error) {
    throw invalid("metadata", "must be an object of strings, numbers, booleans and nulls", error);
  }
  for (const key of Object.keys(value as object)) {
    if (Object.hasOwn(metadata, key)) continue;
    // Left out, it would filter nothing: a variable that was never set must not show everybody's sessions.
    throw invalid(`metadata[${JSON.stringify(key)}]`, "is undefined: leave the key out, or give a value");
  }
  return Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkLimit(query: Query): number | null {
  const limit = query["limit"];
  if (limit === undefined) return null;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw invalid("limit", `must be a whole number from 1 to ${MAX_LIMIT}`);
}

interface Kind<T> {
  readonly name: string;
  readonly test: (value: unknown) => value is T;
}
const isText: Kind<string> = {
  name: "a well-formed text",
  test: (value): value is string => typeof value === "string" && value.isWellFormed(),
};
const isBoolean: Kind<boolean> = { name: "true or false", test: (value) => typeof value === "boolean" };
const isTextArray: Kind<readonly string[]> = {
  name: "an array of well-formed texts",
  // Not every(), which passes over holes.
  test: (value): value is readonly string[] =>
    Array.isArray(value) && value.findIndex((item) => !isText.test(item)) === -1,
};

function optional<T>(query: Query, name: string, kind: Kind<T>): T | null {
  const value = query[name];
  if (value === undefined) return null;
  if (kind.test(value)) return value;
  throw invalid(name, `must be ${kind.name}`);
}

function oneOf<const T extends string>(query: Query, name: string, allowed: readonly T[]): T | null {
  const value = query[name];
  if (value === undefined) return null;
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  throw invalid(name, `must be one of ${allowed.join(", ")}`);
}

function invalid(path: string, problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_QUERY", `${path} ${problem}.`, { path, cause });
}
