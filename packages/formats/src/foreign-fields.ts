import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { keepable } from "./foreign-value.js";
import { setOwn } from "./json-object.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** The longest text that becomes metadata, in UTF-16 code units; longer ones stay in `state`. */
const MAX_FACT = 512;

/**
 * The fields of a foreign object on their way into a session. What has a place in our data model, and fits it, is taken out; all
 * else is left in `rest`, under its own name, and goes into `state`: so nothing is lost, whatever the file holds.
 */
export class ForeignFields {
  readonly #fields: Map<string, JsonValue>;

  constructor(object: JsonObject) {
    this.#fields = new Map();
    for (const [key, value] of Object.entries(keepable(object)))
      if (value !== undefined) this.#fields.set(key, value);
  }

  /** What nobody took. */
  get rest(): JsonObject {
    const rest: Record<string, JsonValue> = {};
    for (const [key, value] of this.#fields) setOwn(rest, key, value);
    return rest;
  }

  /** A look without taking. */
  peek(key: string): JsonValue | undefined {
    return this.#fields.get(key);
  }

  take(key: string): JsonValue | undefined {
    const value = this.#fields.get(key);
    this.#fields.delete(key);
    return value;
  }

  text(key: string): string | undefined {
    return this.#takeIf(key, (value) => typeof value === "string");
  }

  /** @throws {MalformedFileError} when it is missing, or no text */
  requiredText(key: string): string {
    const text = this.text(key);
    if (text === undefined) throw new MalformedFileError(`has no ${key} that is a text`);
    return text;
  }

  flag(key: string): boolean | undefined {
    return this.#takeIf(key, (value) => typeof value === "boolean");
  }

  count(key: string): number | undefined {
    return this.#takeIf(key, isCount);
  }

  /** A short text or a number, as `metadata` holds them. */
  fact(key: string): string | undefined {
    return this.#takeIf(
      key,
      (value) => typeof value === "string" && value.length <= MAX_FACT && value !== "",
    );
  }

  /** A time, taken only when `read` understands it and `write` gives back the very same. */
  time<T extends JsonValue>(
    key: string,
    read: (value: JsonValue) => string | null,
    write: (iso: string) => T,
  ): string | undefined {
    const value = this.#fields.get(key);
    const iso = value === undefined ? null : read(value);
    if (iso === null) return undefined;
    if (write(iso) === value) this.#fields.delete(key);
    return iso;
  }

  #takeIf<T extends JsonValue>(key: string, fits: (value: JsonValue) => boolean): T | undefined {
    const value = this.#fields.get(key);
    if (value === undefined || !fits(value)) return undefined;
    this.#fields.delete(key);
    return value as T;
  }
}

/** Whether a value can be a counter of `usage`. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
