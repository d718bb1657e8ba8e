import { AssertionError } from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";
import { SessionStoreError, type SessionStoreErrorCode } from "../session-store-error.js";
import { firstDifference, MISSING } from "./first-difference.js";

/** Deep, strict equality: prototypes, `-0` and missing properties count. `expectation` says what is checked, in words. */
export function same(actual: unknown, expected: unknown, expectation: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const difference = firstDifference(actual, expected);
  const at = difference.path === "" ? "" : ` at ${difference.path}`;
  fail(`${expectation}${at}`, show(difference.expected), show(difference.actual), { actual, expected });
}

/** A condition that is no plain equality. When it does not hold, `actual` is shown beside `allowed`: what it may be, in words. */
export function holds(
  condition: boolean,
  expectation: string,
  actual: unknown,
  allowed: string,
): asserts condition {
  if (!condition) fail(expectation, allowed, show(actual), { actual, expected: allowed });
}

/** Waits for a rejection with one of the codes, by a `SessionStoreError`, and returns the error. */
export async function rejects(
  code: SessionStoreErrorCode | readonly SessionStoreErrorCode[],
  work: Promise<unknown> | (() => unknown),
  expectation: string,
): Promise<SessionStoreError> {
  const codes = typeof code === "string" ? [code] : code;
  const outcome = await settle(work);
  const wanted = `a rejection with ${codes.join(" or ")}`;
  if ("value" in outcome) fail(expectation, wanted, `it resolved with ${show(outcome.value)}`, {});
  const { error } = outcome;
  if (!SessionStoreError.is(error) || !codes.includes(error.code)) {
    fail(expectation, wanted, `it rejected with ${show(error)}`, { cause: error });
  }
  return error;
}

/** Waits for a rejection with exactly this value: what the caller's own code threw. */
export async function rejectsWith(
  reason: unknown,
  work: Promise<unknown> | (() => unknown),
  expectation: string,
): Promise<void> {
  const outcome = await settle(work);
  if ("value" in outcome) {
    fail(expectation, `a rejection with ${show(reason)}`, `it resolved with ${show(outcome.value)}`, {});
  }
  if (outcome.error !== reason) {
    fail(expectation, `the very value ${show(reason)}`, `it rejected with ${show(outcome.error)}`, {
      cause: outcome.error,
    });
  }
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** How a call ended. A function that throws at once counts as rejecting. */
export async function settle(work: Promise<unknown> | (() => unknown)): Promise<Outcome> {
  try {
    return { value: await (typeof work === "function" ? work() : work) };
  } catch (error) {
    return { error };
  }
}

/** The code an outcome ended with, "resolved", or the text of an error that carries none. */
export function codeOf(outcome: Outcome): string {
  if ("value" in outcome) return "resolved";
  return SessionStoreError.is(outcome.error) ? outcome.error.code : `uncoded: ${String(outcome.error)}`;
}

function fail(
  expectation: string,
  expected: string,
  came: string,
  details: { actual?: unknown; expected?: unknown; cause?: unknown },
): never {
  const error = new AssertionError({
    message: `${expectation}\n    expected: ${expected}\n    came:     ${came}`,
    actual: details.actual,
    expected: details.expected,
  });
  if (details.cause !== undefined) error.cause = details.cause;
  throw error;
}

function show(value: unknown): string {
  if (value === MISSING) return "nothing";
  if (SessionStoreError.is(value)) return `${value.code}: ${value.message}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return inspect(value, { depth: 4, maxStringLength: 200, maxArrayLength: 20, breakLength: 120 });
}
