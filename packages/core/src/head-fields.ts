import { InvalidInputError, quote } from "./errors.js";
import { isPlainObject, setOwn } from "./json-value.js";
import type { Metadata, ParentLink, Usage } from "./session.js";
import { checkSessionId } from "./session-id.js";
import { checkKnownKeys } from "./store-options.js";
import { compareCodePoints, hasControlCharacters, utf8Length } from "./text.js";

/** Bounds that keep a list row small; all in UTF-8 bytes but the counts. */
const MAX_TITLE_BYTES = 4096;
const MAX_LABEL_BYTES = 256;
const MAX_LABELS = 256;
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_COUNTERS = 64;
const MAX_COUNTER_NAME_BYTES = 64;
const MAX_PREVIEW_CHARACTERS = 200;
const MAX_OPERATION_ID_BYTES = 256;

export function checkTitle(value: unknown): string {
  return checkLine(value, "title", MAX_TITLE_BYTES);
}

export function checkPreview(value: unknown): string {
  const preview = checkLine(value, "preview", 4 * MAX_PREVIEW_CHARACTERS);
  if ([...preview].length > MAX_PREVIEW_CHARACTERS) {
    throw invalid("preview", `is longer than ${MAX_PREVIEW_CHARACTERS} characters`);
  }
  return preview;
}

/** A sorted copy without repetitions. */
export function checkLabels(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw invalid("labels", "must be an array of texts");
  const labels = Array.from(value as unknown[], (label, index) => {
    const path = `labels[${index}]`;
    if (label === "") throw invalid(path, "is empty");
    return checkLine(label, path, MAX_LABEL_BYTES);
  });
  const unique = [...new Set(labels)].sort(compareCodePoints);
  if (unique.length > MAX_LABELS) throw invalid("labels", `are more than ${MAX_LABELS}`);
  return unique;
}

export function checkMetadata(value: unknown, what = "metadata"): Metadata {
  const copy: Record<string, string | number | boolean | null> = {};
  for (const [key, item] of plainEntries(value, what)) {
    const path = `${what}[${JSON.stringify(key)}]`;
    if (!key.isWellFormed()) throw invalid(path, "has a lone surrogate in its key");
    if (item === undefined) continue;
    if (typeof item === "string") {
      if (!item.isWellFormed()) throw invalid(path, "holds a lone surrogate");
    } else if (typeof item === "number") {
      if (!Number.isFinite(item)) throw invalid(path, `is ${item}, which JSON cannot carry`);
    } else if (typeof item !== "boolean" && item !== null) {
      throw invalid(path, "must be a string, a number, a boolean or null; deeper facts belong into state");
    }
    setOwn(copy, key, item === 0 ? 0 : item);
  }
  if (utf8Length(JSON.stringify(copy)) > MAX_METADATA_BYTES) {
    throw invalid(what, `is larger than ${MAX_METADATA_BYTES} bytes as JSON; larger facts belong into state`);
  }
  return copy;
}

/** A full set of counters, `inputTokens` and `outputTokens` first. */
export function checkUsage(value: unknown): Usage {
  const usage: Record<string, number> = { inputTokens: 0, outputTokens: 0 };
  for (const [name, count] of plainEntries(value, "usage")) {
    if (count === undefined) continue;
    const path = `usage[${JSON.stringify(name)}]`;
    if (
      name === "" ||
      !name.isWellFormed() ||
      utf8Length(name) > MAX_COUNTER_NAME_BYTES ||
      hasControlCharacters(name)
    ) {
      throw invalid(path, `has a name that is not 1 to ${MAX_COUNTER_NAME_BYTES} UTF-8 bytes of plain text`);
    }
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) {
      throw invalid(path, "must be a whole number that is not negative");
    }
    setOwn(usage, name, count === 0 ? 0 : count);
  }
  return checkCounterCount(usage);
}

/** The sum of two sets of counters. @throws {InvalidInputError} INVALID_VALUE when there are too many, or a sum is no safe integer */
export function addUsage(total: Usage, added: Usage): Usage {
  const sum: Record<string, number> = {};
  for (const [name, count] of Object.entries(total)) setOwn(sum, name, count);
  for (const [name, count] of Object.entries(added)) {
    const value = (Object.hasOwn(sum, name) ? (sum[name] as number) : 0) + count;
    if (!Number.isSafeInteger(value)) throw invalid(`usage[${JSON.stringify(name)}]`, "adds up beyond 2^53");
    setOwn(sum, name, value);
  }
  return checkCounterCount(sum);
}

function checkCounterCount(usage: Record<string, number>): Usage {
  if (Object.keys(usage).length > MAX_COUNTERS)
    throw invalid("usage", `has more than ${MAX_COUNTERS} counters`);
  return usage as Record<string, number> & Usage;
}

export function checkParent(value: unknown): ParentLink | null {
  if (value === null) return null;
  checkKnownKeys(value, ["id", "messageCount"], "INVALID_VALUE", "parent");
  return {
    id: checkSessionId(value["id"], "parent.id"),
    messageCount: checkCount(value["messageCount"], "parent.messageCount", 0),
  };
}

export function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw invalid(path, "must be true or false");
  return value;
}

/** A safe whole number of at least `min`. */
export function checkCount(
  value: unknown,
  path: string,
  min: number,
  code: "INVALID_VALUE" | "INVALID_QUERY" | "INVALID_OPTIONS" = "INVALID_VALUE",
): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  throw new InvalidInputError(code, `${path} must be a whole number of at least ${min}.`, { path });
}

/** A time exactly as `Date.prototype.toISOString` writes it. */
export function checkTime(
  value: unknown,
  path: string,
  code: "INVALID_VALUE" | "INVALID_QUERY" = "INVALID_VALUE",
): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) {
    const time = new Date(value);
    if (!Number.isNaN(time.getTime()) && time.toISOString() === value) return value;
  }
  throw new InvalidInputError(
    code,
    `${path} must be a time in ISO 8601, UTC, with milliseconds, such as 2026-01-31T12:00:00.000Z.`,
    { path },
  );
}

export function checkOperationId(value: unknown): string {
  const id = checkLine(value, "operationId", MAX_OPERATION_ID_BYTES);
  if (id === "") throw invalid("operationId", "is empty");
  return id;
}

function checkLine(value: unknown, path: string, maxBytes: number): string {
  if (typeof value !== "string") throw invalid(path, "must be a text");
  if (!value.isWellFormed()) throw invalid(path, "holds a lone surrogate");
  if (hasControlCharacters(value)) throw invalid(path, `holds control characters: ${quote(value)}`);
  if (utf8Length(value) > maxBytes) throw invalid(path, `is longer than ${maxBytes} UTF-8 bytes`);
  return value;
}

/** The own properties of a plain object; accessors and symbols are refused, and so is a Map or a Date, which has none to show. */
function plainEntries(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || !isPlainObject(value))
    throw invalid(path, "must be a plain object");
  return Reflect.ownKeys(value).map((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (typeof key === "symbol" || descriptor === undefined || !("value" in descriptor)) {
      throw invalid(`${path}[${JSON.stringify(String(key))}]`, "is keyed by a symbol or is an accessor");
    }
    return [key, descriptor.value];
  });
}

function invalid(path: string, problem: string): InvalidInputError {
  return new InvalidInputError("INVALID_VALUE", `${path} ${problem}.`, { path });
}
