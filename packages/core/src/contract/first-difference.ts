import { isDeepStrictEqual } from "node:util";

export interface Difference {
  /** Where, for example `messages[2].content`; "" for the whole value. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The first place at which two values that are not deeply equal differ. */
export function firstDifference(actual: unknown, expected: unknown, path = ""): Difference {
  if (isContainer(actual) && isContainer(expected) && Array.isArray(actual) === Array.isArray(expected)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const key of keys) {
      const here = Object.hasOwn(actual, key) ? actual[key] : MISSING;
      const there = Object.hasOwn(expected, key) ? expected[key] : MISSING;
      if (isDeepStrictEqual(here, there)) continue;
      const step = Array.isArray(actual) ? `[${key}]` : path === "" ? key : `.${key}`;
      return firstDifference(here, there, `${path}${step}`);
    }
  }
  return { path, expected, actual };
}

/** Stands for a property or item that is not there at all, where `undefined` would mislead. */
export const MISSING: unique symbol = Symbol("missing") as never;

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
