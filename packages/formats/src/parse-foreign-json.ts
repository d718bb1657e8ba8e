import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { markSource } from "./foreign-value.js";
import { isObject } from "./json-object.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** Strings first, so that what looks like a number inside one is passed over. */
const TOKENS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?Infinity\b|\bNaN\b|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const MAY_NEED_CARE = /NaN|Infinity|\d{16}|[eE]\+?\d{3}/;

/**
 * Parses JSON as other languages write it. What JavaScript's numbers cannot hold (bare `NaN`, `Infinity`, `-Infinity`, which Python
 * writes, and whole numbers that no double holds) becomes a marked text, which `keepable` turns into exactly what was written;
 * a byte order mark is passed over.
 *
 * @throws {MalformedFileError} when it is not JSON
 */
export function parseForeignJson(text: string): JsonValue {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const careful = MAY_NEED_CARE.test(body) ? body.replaceAll(TOKENS, quoteUnlessExact) : body;
  try {
    return JSON.parse(careful) as JsonValue;
  } catch (cause) {
    throw new MalformedFileError(
      `is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The same for a text that must be an object. */
export function parseForeignObject(text: string): JsonObject {
  const value = parseForeignJson(text);
  if (isObject(value)) return value;
  throw new MalformedFileError("is not a JSON object");
}

function quoteUnlessExact(token: string): string {
  if (token.startsWith('"')) return token;
  const value = Number(token);
  const isWhole = /^-?\d+$/.test(token);
  // Beyond 2^53 a whole number is kept as a number only if JavaScript writes it as it stands.
  const isExact =
    Number.isFinite(value) && (!isWhole || Number.isSafeInteger(value) || String(value) === token);
  return isExact ? token : `"${markSource(token)}"`;
}
