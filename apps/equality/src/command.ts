import type { JsonValue } from "@agent-sessions/core";

/** One step of a sequence: plain JSON, so that a failing sequence can be kept in a file. `namespace` "" is the root handle. */
export type Command =
  /** The clock of all stores goes on, or back. */
  | { readonly kind: "tick"; readonly milliseconds: number }
  /** All stores are closed and opened again. */
  | { readonly kind: "reopen" }
  | ({ readonly kind: "call"; readonly namespace: string } & Call)
  /** Every page of a list, from the first to the last. */
  | { readonly kind: "walk"; readonly namespace: string; readonly query: JsonValue }
  /** The page behind the newest cursor that any list gave, for its query or, wrongly, for another one. */
  | { readonly kind: "next page"; readonly namespace: string; readonly query: JsonValue | null }
  /** The function form of `update`: it appends to the title and counts in `state`. */
  | {
      readonly kind: "update by function";
      readonly namespace: string;
      readonly id: string;
      readonly title: string;
    }
  /** Calls in a lock's body, each outcome an answer. */
  | {
      readonly kind: "locked";
      readonly namespace: string;
      readonly id: string;
      readonly calls: readonly Call[];
    };

export interface Call {
  readonly method: Method;
  readonly args: readonly JsonValue[];
}

export type Method =
  | "create"
  | "save"
  | "append"
  | "update"
  | "truncate"
  | "fork"
  | "delete"
  | "restore"
  | "exists"
  | "head"
  | "load"
  | "messages"
  | "list"
  | "search"
  | "namespaces"
  | "verify"
  | "repair";

/** What JSON cannot carry, by name: stands in arguments as `{ "$": name }`. */
export const SPECIAL_VALUES: Readonly<Record<string, () => unknown>> = {
  NaN: () => Number.NaN,
  "-0": () => -0,
  Infinity: () => Number.POSITIVE_INFINITY,
  undefined: () => undefined,
  bigint: () => 1n,
  date: () => new Date(0),
  map: () => new Map([["a", 1]]),
  function: () => () => 1,
  hole: () => Array(2),
  cycle: () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    return cycle;
  },
  "501 levels": () => {
    let value: unknown = [];
    for (let level = 1; level < 501; level++) value = [value];
    return value;
  },
};

/** The arguments as the store gets them: fresh values, with every special one in its place. */
export function decode(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const { $: name } = value as { readonly $?: JsonValue };
  if (typeof name === "string" && Object.hasOwn(SPECIAL_VALUES, name)) return SPECIAL_VALUES[name]?.();
  // fromEntries makes an own `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item as JsonValue)]));
}
