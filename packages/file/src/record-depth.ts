import type { JsonValue } from "@agent-sessions/core";
import { InvalidInputError } from "@agent-sessions/core";
import type { Commit } from "@agent-sessions/core/backend";
import { isObject } from "./record-shape.js";

/** The most that `maxDepth` may be, and its default: core stores nothing that is nested deeper, the message or state itself being level 1. */
export const MAX_DEPTH = 500;
/** A message lies in a record, its entries, and an entry: a record may have so many levels more than its messages. */
export const RECORD_LEVELS = 3;

/** A state lies in a record, and its head. */
const HEAD_LEVELS = 2;

/**
 * On which level of a record something begins, the record itself being level 1, that is deeper than its message or state may be; null
 * where nothing is.
 *
 * @param length of the record as text or bytes
 */
export function levelTooDeep(record: JsonValue | undefined, maxDepth: number, length: number): number | null {
  const levels = maxDepth + RECORD_LEVELS;
  if (isDeeper(record, levels, length)) return levels + 1;
  const head = isObject(record) ? record["head"] : undefined;
  return isObject(head) && isDeeper(head["state"], maxDepth, length) ? maxDepth + HEAD_LEVELS + 1 : null;
}

/**
 * Whether lists and maps lie in one another on more than `levels` levels.
 *
 * @param length of the value as text or bytes: each level takes one at least, so most values need not be looked at
 */
export function isDeeper(value: JsonValue | undefined, levels: number, length: number): boolean {
  return length > levels && hasDepth(value, levels + 1);
}

/**
 * Refuses to write what could not be read again.
 *
 * @throws {InvalidInputError} INVALID_VALUE
 */
export function assertWritableDepth(
  { head, entries }: Pick<Commit, "head" | "entries">,
  maxDepth: number,
): void {
  // What core refuses anyway need not be looked for.
  if (maxDepth === MAX_DEPTH) return;
  if (hasDepth(head.state, maxDepth + 1)) throw tooDeep("state", maxDepth);
  assertMessageDepth(entries, maxDepth);
}

/** As `assertWritableDepth`, for messages alone. */
export function assertMessageDepth(
  entries: readonly { readonly message: JsonValue }[],
  maxDepth: number,
): void {
  if (maxDepth === MAX_DEPTH) return;
  for (const [index, { message }] of entries.entries())
    if (hasDepth(message, maxDepth + 1)) throw tooDeep(`messages[${index}]`, maxDepth);
}

/** Goes no deeper than `levels`, so that no value can exhaust the stack. */
function hasDepth(value: JsonValue | undefined, levels: number): boolean {
  if (Array.isArray(value)) return levels === 1 || value.some((item) => hasDepth(item, levels - 1));
  if (!isObject(value)) return false;
  if (levels === 1) return true;
  for (const key in value) if (hasDepth(value[key], levels - 1)) return true;
  return false;
}

function tooDeep(path: string, maxDepth: number): InvalidInputError {
  return new InvalidInputError(
    "INVALID_VALUE",
    `${path} is nested deeper than the ${maxDepth} levels that the option maxDepth allows. Nest it less, or raise the option (up to ${MAX_DEPTH}).`,
    { path },
  );
}
