import { InvalidInputError } from "./errors.js";

/** Anything JSON can carry. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** A JSON object; a property that is `undefined` counts as missing. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** The deepest nesting of arrays and objects that is stored; the outermost value is level 1. */
export const MAX_JSON_DEPTH = 500;

type Path = (string | number)[];

/**
 * A deep copy of `value` that holds only what JSON can carry: plain objects and arrays, finite numbers, well-formed strings.
 * Properties that are `undefined` are left out, `-0` becomes `0`, null-prototype objects become plain ones, key order is kept.
 *
 * @param root how error messages call the value, for example `messages[2]`
 * @throws {InvalidInputError} INVALID_VALUE with the path of the first offender
 */
export function normaliseJson(value: unknown, root: string): JsonValue {
  return copyValue(value, root, [], 1);
}

/**
 * Like {@link normaliseJson}, for a value that must be an object.
 *
 * @throws {InvalidInputError} INVALID_VALUE when it is an array, `null` or a scalar, and as `normaliseJson`
 */
export function normaliseJsonObject(value: unknown, root: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidValue(root, [], "must be a JSON object", "pass a plain object");
  }
  return copyValue(value, root, [], 1) as JsonObject;
}

/** A deep copy of a value that is known to be plain JSON. */
export function copyJson<T extends JsonValue>(value: T): T;
export function copyJson(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => copyJson(item));
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) {
    const item = (value as JsonObject)[key];
    if (item !== undefined) setOwn(copy, key, copyJson(item));
  }
  return copy;
}

/** Sets an own property even where assignment would reach the prototype (`__proto__`). */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

function copyValue(value: unknown, root: string, path: Path, depth: number): JsonValue {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) {
        throw invalidValue(
          root,
          path,
          "holds a lone surrogate",
          "repair it with String.prototype.toWellFormed()",
        );
      }
      return value;
    case "number":
      if (!Number.isFinite(value)) {
        throw invalidValue(
          root,
          path,
          `is ${value}, which JSON cannot carry`,
          "use null or a string instead",
        );
      }
      return value === 0 ? 0 : value;
    case "boolean":
      return value;
    case "object":
      break;
    default:
      throw invalidValue(
        root,
        path,
        `is ${describe(value)}, which JSON cannot carry`,
        "leave it out or convert it",
      );
  }
  if (value === null) return null;
  if (depth > MAX_JSON_DEPTH) {
    throw invalidValue(
      root,
      path.slice(0, 8),
      `is nested deeper than ${MAX_JSON_DEPTH} levels or refers to itself`,
      "flatten it",
    );
  }
  return Array.isArray(value) ? copyArray(value, root, path, depth) : copyObject(value, root, path, depth);
}

function copyArray(source: readonly unknown[], root: string, path: Path, depth: number): JsonValue[] {
  const { length } = source;
  if (!isPlainArray(source))
    throw invalidValue(root, path, "is an instance of a class", "pass a plain array");
  const copy: JsonValue[] = [];
  for (let index = 0; index < length; index++) {
    path.push(index);
    const descriptor = Object.getOwnPropertyDescriptor(source, index);
    if (descriptor === undefined) throw invalidValue(root, path, "is a hole in an array", "use null instead");
    if (descriptor.get !== undefined || descriptor.set !== undefined) {
      throw invalidValue(root, path, "is an accessor", "pass its value");
    }
    copy.push(copyValue(descriptor.value, root, path, depth + 1));
    path.pop();
  }
  for (const key of Reflect.ownKeys(source)) {
    if (key === "length" || (typeof key === "string" && isArrayIndex(key, length))) continue;
    throw invalidValue(
      root,
      [...path, String(key)],
      "is a named property of an array",
      "use an object instead",
    );
  }
  return copy;
}

function copyObject(source: object, root: string, path: Path, depth: number): JsonObject {
  if (!isPlainObject(source)) {
    throw invalidValue(
      root,
      path,
      `is ${describe(source)}, not a plain object`,
      "convert it to plain JSON first",
    );
  }
  const copy: Record<string, JsonValue> = {};
  for (const key of Reflect.ownKeys(source)) {
    if (typeof key === "symbol") {
      throw invalidValue(root, [...path, String(key)], "is keyed by a symbol", "use a string key");
    }
    path.push(key);
    const descriptor = Object.getOwnPropertyDescriptor(source, key);
    if (descriptor === undefined)
      throw invalidValue(root, path, "vanished while it was read", "pass a plain object");
    if (descriptor.get !== undefined || descriptor.set !== undefined) {
      throw invalidValue(root, path, "is an accessor", "pass its value");
    }
    if (descriptor.enumerable !== true) {
      throw invalidValue(
        root,
        path,
        "is not enumerable, so JSON would drop it",
        "make it an ordinary property",
      );
    }
    if (descriptor.value !== undefined) {
      if (!key.isWellFormed())
        throw invalidValue(root, path, "has a lone surrogate in its key", "repair the key");
      setOwn(copy, key, copyValue(descriptor.value, root, path, depth + 1));
    }
    path.pop();
  }
  return copy;
}

/** Plain in any realm: its prototype is null or an `Object.prototype` (worker, vm context and test runners have their own). */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf")
  );
}

function isPlainArray(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return true;
  // Another realm's Array.prototype is itself an array; a subclass's prototype is not.
  return Array.isArray(prototype) && Object.hasOwn(prototype, "copyWithin");
}

function isArrayIndex(key: string, length: number): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === key;
}

function describe(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an instance of a class";
}

function invalidValue(root: string, path: Path, problem: string, remedy: string): InvalidInputError {
  const where = formatPath(root, path);
  return new InvalidInputError("INVALID_VALUE", `${where} ${problem}; ${remedy}.`, { path: where });
}

/** `messages[0].content["a b"]`, cut in the middle when the path is very long. */
function formatPath(root: string, path: Path): string {
  let text = root;
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) text += `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text.length > 400 ? `${text.slice(0, 200)}…${text.slice(-150)}` : text;
}
