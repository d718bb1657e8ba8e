import { InvalidInputError } from "./errors.js";
import { checkCount } from "./head-fields.js";
import type { EntryRange } from "./session-backend.js";
import type { MessageRange } from "./session-store.js";
import { checkKnownKeys } from "./store-options.js";

const KEYS = ["after", "before", "limit", "last", "order", "maxBytes"] as const;

/** A copy of the range, checked. @throws {InvalidInputError} INVALID_QUERY */
export function checkMessageRange(range: unknown): MessageRange {
  if (range === undefined) return {};
  checkKnownKeys(range, KEYS, "INVALID_QUERY", "the message range", "range");
  const { order } = range;
  if (order !== undefined && order !== "asc" && order !== "desc") {
    throw new InvalidInputError("INVALID_QUERY", 'order must be "asc" or "desc".', { path: "order" });
  }
  const number = (
    name: "after" | "before" | "limit" | "last" | "maxBytes",
    min: number,
  ): number | undefined =>
    range[name] === undefined ? undefined : checkCount(range[name], name, min, "INVALID_QUERY");
  return {
    after: number("after", 0),
    before: number("before", 0),
    limit: number("limit", 1),
    last: number("last", 1),
    order,
    maxBytes: number("maxBytes", 0),
  };
}

/** The positions a checked range means in a transcript of `messageCount` entries, its byte budget aside. */
export function resolveRange(range: MessageRange, messageCount: number): EntryRange {
  const order = range.order ?? "asc";
  let first = (range.after ?? 0) + 1;
  let last = Math.min(messageCount, (range.before ?? messageCount + 1) - 1);
  if (range.last !== undefined) first = Math.max(first, last - range.last + 1);
  if (range.limit !== undefined) {
    if (order === "asc") last = Math.min(last, first + range.limit - 1);
    else first = Math.max(first, last - range.limit + 1);
  }
  return { first, last, order };
}
