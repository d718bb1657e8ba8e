import type { JsonObject, JsonValue } from "@agent-sessions/core";

/** A record or head that parses, but is not what the format says. */
export class RecordShapeError extends Error {
  override readonly name = "RecordShapeError";
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields that are not among `known`; usually none. (Taking an object apart with `...rest` costs more than reading it.) */
export function otherFields(value: JsonObject, known: ReadonlySet<string>): JsonObject {
  const others = Object.keys(value).filter((key) => !known.has(key));
  return Object.fromEntries(others.map((key) => [key, value[key]]));
}

/** The fields that have a value, in their order. */
export function definedFields(value: JsonObject): [key: string, value: JsonValue][] {
  return Object.entries(value).filter((field): field is [string, JsonValue] => field[1] !== undefined);
}

/** A whole number, zero or more. */
export function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A day as people may mistype it; that a year has no 29 February it does not tell. */
const DAY =
  "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))";
const TIME = new RegExp(`^\\d{4}-${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$`);

/** ISO 8601, UTC, with milliseconds; of a day that there is. */
export function isTime(value: JsonValue | undefined): value is string {
  if (typeof value !== "string" || !TIME.test(value)) return false;
  return !value.startsWith("02-29", 5) || new Date(value).toISOString() === value;
}

export function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
