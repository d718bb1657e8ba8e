import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { markSource } from "./foreign-value.js";
import { isObject } from "./json-object.js";
import { jsonStringEnd } from "./json-string-end.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { messageOf } from "./system-error.js";

/** What may be a number, outside of strings. */
const NUMBERS = /-?Infinity\b|\bNaN\b|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
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
  const careful = MAY_NEED_CARE.test(body) ? quoteInexactNumbers(body) : body;
  try {
    return JSON.parse(careful) as JsonValue;
  } catch (cause) {
    throw new MalformedFileError(`is not valid JSON: ${messageOf(cause)}`, { cause });
  }
}

/** The same for a text that must be an object. */
export function parseForeignObject(text: string): JsonObject {
  const value = parseForeignJson(text);
  if (isObject(value)) return value;
  throw new MalformedFileError("is not a JSON object");
}

function quoteInexactNumbers(json: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const bareEnd = quote === -1 ? json.length : quote;
    const stringEnd = quote === -1 ? json.length : jsonStringEnd(json, quote) + 1;
    pieces.push(
      json.slice(at, bareEnd).replaceAll(NUMBERS, quoteUnlessExact),
      json.slice(bareEnd, stringEnd),
    );
    at = stringEnd;
  }
  return pieces.join("");
}

function quoteUnlessExact(token: string): string {
  const value = Number(token);
  const isWhole = /^-?\d+$/.test(token);
  // Beyond 2^53 a whole number is kept as a number only if JavaScript writes it as it stands.
  const isExact =
    Number.isFinite(value) && (!isWhole || Number.isSafeInteger(value) || String(value) === token);
  return isExact ? token : `"${markSource(token)}"`;
}
