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
  for (const key in value) if (!known.has(key)) return without(value, known);
  return {};
}

function without(value: JsonObject, left: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !left.has(key)));
}

/** The fields that have a value, in their order. */
export function definedFields(value: JsonObject): [key: string, value: JsonValue][] {
  return Object.entries(value).filter((field): field is [string, JsonValue] => field[1] !== undefined);
}

/** A whole number, zero or more. */
export function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const ZERO = 0x30;
const TIME_LENGTH = "2026-01-01T00:00:00.000Z".length;
const LAST_DAYS: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * ISO 8601, UTC, with milliseconds; of a day that there is. By its characters: to make a pattern for this ready takes V8 as long as a dozen
 * functions, and a first look at a session checks three times only.
 */
export function isTime(value: JsonValue | undefined): value is string {
  return (
    typeof value === "string" &&
    value.length === TIME_LENGTH &&
    value[4] === "-" &&
    value[7] === "-" &&
    value[10] === "T" &&
    value[13] === ":" &&
    value[16] === ":" &&
    value[19] === "." &&
    value[23] === "Z" &&
    twoDigits(value, 0) >= 0 &&
    twoDigits(value, 2) >= 0 &&
    isDay(value, twoDigits(value, 5), twoDigits(value, 8)) &&
    twoDigits(value, 11) < 24 &&
    twoDigits(value, 14) < 60 &&
    twoDigits(value, 17) < 60 &&
    twoDigits(value, 20) >= 0 &&
    twoDigits(value, 21) >= 0
  );
}

/** NaN, which is neither more nor less than anything, when they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function isDay(time: string, month: number, day: number): boolean {
  // Not every year has the last day of February.
  if (month === 2 && day === 29) return new Date(time).getUTCDate() === day;
  return day > 0 && day <= (LAST_DAYS[month - 1] ?? 0);
}

export function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
