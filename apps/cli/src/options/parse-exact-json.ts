import { InvalidInputError, type JsonValue } from "@agent-sessions/core";

/** Texts of JSON, which may hold anything, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * JSON, with every number as it is written: `JSON.parse` rounds whole numbers beyond 2^53 and makes 1e999 infinite, both without a word.
 *
 * @param where names the input in the error's `path`
 * @throws {SyntaxError} for what is not JSON
 * @throws {InvalidInputError} INVALID_VALUE for a number that JavaScript cannot hold
 */
export function parseExactJson(text: string, where: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.startsWith('"') || isExact(token)) continue;
    throw new InvalidInputError(
      "INVALID_VALUE",
      `The number ${token.slice(0, 40)} cannot be kept exactly. Put it in quotes, as a text.`,
      { path: where },
    );
  }
  return value;
}

function isExact(token: string): boolean {
  const number = Number(token);
  return /^-?\d+$/.test(token) ? Number.isSafeInteger(number) : Number.isFinite(number);
}
