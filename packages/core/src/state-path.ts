import { InvalidInputError } from "./errors.js";
import { type JsonObject, type JsonValue, MAX_JSON_DEPTH, normaliseJson, setOwn } from "./json-value.js";

/** The keys of a dotted path, or a copy of a path array. @throws {InvalidInputError} INVALID_VALUE */
export function parsePath(path: unknown, where: string): readonly string[] {
  const keys: unknown = typeof path === "string" ? path.split(".") : path;
  const fits =
    Array.isArray(keys) &&
    keys.length > 0 &&
    keys.length <= MAX_JSON_DEPTH &&
    // A copy, because every() passes over the holes of the original.
    [...keys].every((key) => typeof key === "string" && key.isWellFormed()) &&
    (typeof path !== "string" || !keys.includes(""));
  if (fits) return [...(keys as string[])];
  throw new InvalidInputError(
    "INVALID_VALUE",
    `${where} must be a dotted path such as "workflow.step", or an array of keys where a key is empty or holds a dot; at most ${MAX_JSON_DEPTH} of them.`,
    { path: where },
  );
}

/** The pairs of `HeadChange.set`, in their order. @throws {InvalidInputError} INVALID_VALUE */
export function parseAssignments(
  set: unknown,
): readonly (readonly [path: readonly string[], value: JsonValue])[] {
  if (typeof set !== "object" || set === null) {
    throw new InvalidInputError(
      "INVALID_VALUE",
      "set must be an object of dotted paths, or an array of [path, value].",
      {
        path: "set",
      },
    );
  }
  const pairs: readonly unknown[] = Array.isArray(set) ? set : Object.entries(set);
  return pairs.flatMap((pair, index) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidInputError("INVALID_VALUE", `set[${index}] must be a pair [path, value].`, {
        path: `set[${index}]`,
      });
    }
    const [path, value] = pair as [unknown, unknown];
    const where = `set[${index}]`;
    // As everywhere, undefined in an object counts as missing; in a pair it is a mistake that normaliseJson names.
    if (value === undefined && !Array.isArray(set)) return [];
    return [[parsePath(path, where), normaliseJson(value, where)] as const];
  });
}

/** A copy of `state` with `value` at `path`; objects that are missing on the way are made, the rest is shared. */
export function setAtPath(state: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  return place(state, path, 0, value) as JsonObject;
}

/** A copy of `state` without what is at `path`; `state` itself when nothing is there. */
export function unsetAtPath(state: JsonObject, path: readonly string[]): JsonObject {
  return remove(state, path, 0) as JsonObject;
}

function place(node: JsonValue, path: readonly string[], depth: number, value: JsonValue): JsonValue {
  const key = path[depth];
  if (key === undefined) return value;
  if (Array.isArray(node)) {
    const items = node as readonly JsonValue[];
    const index = arrayIndex(items, key, path, depth, items.length);
    const child = index === items.length ? {} : (items[index] ?? null);
    return items.toSpliced(index, 1, place(child, path, depth + 1, value));
  }
  const object = asObject(node, path, depth);
  const child = Object.hasOwn(object, key) ? (object[key] ?? null) : {};
  return withKey(object, key, place(child, path, depth + 1, value));
}

function remove(node: JsonValue, path: readonly string[], depth: number): JsonValue {
  // A path has at least one key, and this goes no deeper than its last.
  const key = path[depth] as string;
  const isLast = depth === path.length - 1;
  if (Array.isArray(node)) {
    const items = node as readonly JsonValue[];
    const index = arrayIndex(items, key, path, depth, items.length - 1);
    if (isLast)
      throw walkError(
        path,
        depth,
        "is in an array, where removing would move the others; set the array whole",
      );
    return items.toSpliced(index, 1, remove(items[index] ?? null, path, depth + 1));
  }
  const object = asObject(node, path, depth);
  if (!Object.hasOwn(object, key)) return object;
  if (!isLast) {
    const child = object[key] ?? null;
    const next = remove(child, path, depth + 1);
    return next === child ? object : withKey(object, key, next);
  }
  const rest: Record<string, JsonValue | undefined> = {};
  for (const [name, value] of Object.entries(object)) if (name !== key) setOwn(rest, name, value);
  return rest;
}

function withKey(object: JsonObject, key: string, value: JsonValue): JsonObject {
  const copy: Record<string, JsonValue | undefined> = {};
  for (const [name, old] of Object.entries(object)) setOwn(copy, name, old);
  setOwn(copy, key, value);
  return copy;
}

function asObject(node: JsonValue, path: readonly string[], depth: number): JsonObject {
  if (typeof node === "object" && node !== null) return node as JsonObject;
  throw walkError(path, depth, "walks into a value that is not an object");
}

function arrayIndex(
  items: readonly JsonValue[],
  key: string,
  path: readonly string[],
  depth: number,
  max: number,
): number {
  const index = /^(0|[1-9]\d{0,9})$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index <= max) return index;
  throw walkError(path, depth, `names no place in an array of ${items.length}`);
}

function walkError(path: readonly string[], depth: number, problem: string): InvalidInputError {
  const where = `state ${JSON.stringify(path.slice(0, depth + 1))}`;
  return new InvalidInputError("INVALID_VALUE", `${where} ${problem}; nothing was changed.`, { path: where });
}
