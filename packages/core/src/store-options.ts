import { type InvalidInputCode, InvalidInputError, quote } from "./errors.js";
import { isPlainObject, type JsonObject } from "./json-value.js";
import type { Message } from "./session.js";
import { checkNamespace } from "./session-id.js";
import type { StandardSchemaV1 } from "./standard-schema.js";

/** What every store understands, whatever its backend. */
export interface StoreOptions<M extends object = Message, S extends object = JsonObject> {
  /** @default "" */
  readonly namespace?: string | undefined;
  /** How long a write waits for other writers and lock holders, in milliseconds. @default 10000 */
  readonly lockTimeoutMs?: number | undefined;
  /** Checked on every write but `restore`; what is stored is the schema's output. The one for `state` must be synchronous. */
  readonly schema?:
    | {
        readonly message?: StandardSchemaV1<unknown, M> | undefined;
        readonly state?: StandardSchemaV1<unknown, S> | undefined;
      }
    | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: (() => number) | undefined;
}

/** Reads one option, given in code or as text in a URL. @throws {InvalidInputError} INVALID_OPTIONS */
export type OptionCheck<T> = (value: unknown, name: string) => T;
export type OptionChecks = Readonly<Record<string, OptionCheck<unknown>>>;

/** Checks for the options of {@link StoreOptions}, to be spread among a backend's own. */
export const STORE_OPTION_CHECKS: {
  readonly namespace: OptionCheck<string>;
  readonly lockTimeoutMs: OptionCheck<number>;
  readonly schema: OptionCheck<NonNullable<StoreOptions["schema"]>>;
  readonly clock: OptionCheck<() => number>;
} = {
  namespace: checkNamespace,
  lockTimeoutMs: wholeNumber({ min: 0, max: 2 ** 31 - 1 }),
  schema: (value, name) => {
    checkKnownKeys(value, ["message", "state"], "INVALID_OPTIONS", name);
    for (const part of ["message", "state"]) {
      if (value[part] === undefined || isStandardSchema(value[part])) continue;
      throw invalidOption(`${name}.${part}`, 'must be a Standard Schema: an object with "~standard"');
    }
    return value as NonNullable<StoreOptions["schema"]>;
  },
  clock: (value, name) => {
    if (typeof value === "function") return value as () => number;
    throw invalidOption(name, "must be a function that returns milliseconds since 1970");
  },
};

/**
 * The options that are set, each read by its check.
 *
 * @param what who takes them, for messages, for example `openJsonSessionStore`
 * @throws {InvalidInputError} INVALID_OPTIONS for an unknown option or a value that does not fit
 */
export function checkOptions<C extends OptionChecks>(
  what: string,
  given: unknown,
  checks: C,
): { readonly [K in keyof C]?: ReturnType<C[K]> } {
  checkKnownKeys(given, Object.keys(checks), "INVALID_OPTIONS", `the options of ${what}`, "options");
  const options: Record<string, unknown> = {};
  for (const name in checks) {
    const value = given[name];
    if (value !== undefined) options[name] = (checks[name] as OptionCheck<unknown>)(value, name);
  }
  return options as { [K in keyof C]?: ReturnType<C[K]> };
}

/** A text that is not empty. */
export function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw invalidOption(name, "must be a text that is not empty");
}

/** A boolean, or the texts "true" and "false". */
export function flag(value: unknown, name: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw invalidOption(name, "must be true or false");
}

/** A whole number within bounds, or its decimal text. */
export function wholeNumber(bounds: { readonly min: number; readonly max: number }): OptionCheck<number> {
  return (value, name) => {
    const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (
      typeof number === "number" &&
      Number.isInteger(number) &&
      number >= bounds.min &&
      number <= bounds.max
    )
      return number;
    throw invalidOption(name, `must be a whole number from ${bounds.min} to ${bounds.max}`);
  };
}

/** A function of the caller's. */
export function callback(value: unknown, name: string): (...args: never) => unknown {
  if (typeof value === "function") return value as (...args: never) => unknown;
  throw invalidOption(name, "must be a function");
}

/** By what it can do: test environments and other realms have an AbortSignal of their own. */
export function abortSignal(value: unknown, name: string): AbortSignal {
  const signal = value as Partial<AbortSignal> | null;
  const isSignal =
    typeof signal === "object" &&
    typeof signal?.throwIfAborted === "function" &&
    typeof signal.addEventListener === "function";
  if (isSignal) return value as AbortSignal;
  throw invalidOption(name, "must be an AbortSignal");
}

/** A list whose items all pass a check. */
export function arrayOf<T>(check: OptionCheck<T>): OptionCheck<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw invalidOption(name, "must be an array");
    return (value as unknown[]).map((item, index) => check(item, `${name}[${index}]`));
  };
}

/** One of the given texts. */
export function choice<const T extends string>(...allowed: readonly T[]): OptionCheck<T> {
  return (value, name) => {
    if ((allowed as readonly unknown[]).includes(value)) return value as T;
    throw invalidOption(name, `must be one of ${allowed.join(", ")}`);
  };
}

/**
 * Refuses anything that is not an object with known keys only, so that a misspelt field is never dropped in silence; nor is a value
 * that has no fields at all (a promise that was not awaited, a Map) taken for an empty object.
 *
 * @param what the object, for messages: its path, or its name as a person would say it
 * @param argument the argument's own name, where `what` is no path; errors then have this or the key alone for their path
 * @throws {InvalidInputError} with `code`
 */
export function checkKnownKeys(
  value: unknown,
  known: readonly string[],
  code: InvalidInputCode,
  what: string,
  argument?: string,
): asserts value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw notAnObject(code, what, "an object", argument);
  const keys = Object.keys(value);
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) throw unknownKey(unknown, known, code, what, argument);
  if (keys.length === 0 && !isPlainObject(value))
    throw notAnObject(code, what, "a plain object; a promise has to be awaited first", argument);
}

function notAnObject(
  code: InvalidInputCode,
  what: string,
  wanted: string,
  argument: string | undefined,
): InvalidInputError {
  return new InvalidInputError(code, `${what} must be ${wanted}.`, { path: argument ?? what });
}

function unknownKey(
  key: string,
  known: readonly string[],
  code: InvalidInputCode,
  what: string,
  argument: string | undefined,
): InvalidInputError {
  return new InvalidInputError(code, `${quote(key)} is unknown in ${what}. Known: ${known.join(", ")}.`, {
    path: argument === undefined ? `${what}.${key}` : key,
  });
}

function isStandardSchema(value: unknown): boolean {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  const standard = isObject ? (value as Partial<StandardSchemaV1>)["~standard"] : undefined;
  return typeof standard?.validate === "function";
}

function invalidOption(name: string, rule: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", `The option ${name} ${rule}.`, { path: name });
}
