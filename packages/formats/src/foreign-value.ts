import { randomUUID } from "node:crypto";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { isObject, setOwn } from "./json-object.js";
import { MalformedFileError } from "./malformed-file-error.js";

/**
 * The key under which a message or a state keeps, by JSON pointer, the exact source text of values that no store can hold: bare `NaN`,
 * whole numbers that no double holds, texts with lone surrogates, and what YAML 1.1 takes for a date or an odd number. In their
 * places stand readable texts; writers put the source text back as long as that text is unchanged.
 *
 * @see RFC 6901 for JSON pointers
 */
export const VERBATIM = "$verbatim";

/** Marks a text as the source of a number; nobody outside this process can write it into a file. */
const MARK = `${randomUUID()}:`;
/** As deep as stores go, and half as much again: deeper values are refused before they end the call stack. */
const MAX_DEPTH = 750;

/** A value whose source text is known and stands for itself. */
export class SourceText {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** JSON in which some values are source texts. */
export type ForeignValue =
  | string
  | number
  | boolean
  | null
  | SourceText
  | readonly ForeignValue[]
  | { readonly [key: string]: ForeignValue | undefined };

/** A text that stands in the place of a number, until `keepable` notes it. */
export function markSource(source: string): string {
  return MARK + source;
}

/** A foreign object as a store can hold it: see {@link VERBATIM}. Returns the very object when nothing has to change. */
export function keepable(object: JsonObject): JsonObject {
  const verbatim: Record<string, string> = {};
  const kept = replaceUnkeepable(object, "", verbatim, 1) as JsonObject;
  if (Object.keys(verbatim).length === 0) return object;
  const known = object[VERBATIM];
  return { ...kept, [VERBATIM]: { ...(isObject(known) ? known : {}), ...verbatim } };
}

function replaceUnkeepable(
  value: JsonValue,
  pointer: string,
  verbatim: Record<string, string>,
  depth: number,
): JsonValue {
  if (typeof value === "string") {
    if (value.startsWith(MARK)) {
      verbatim[pointer] = value.slice(MARK.length);
      return value.slice(MARK.length);
    }
    if (value.isWellFormed()) return value;
    verbatim[pointer] = JSON.stringify(value);
    return value.toWellFormed();
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new MalformedFileError("is nested too deeply");
  let copy: JsonValue[] | Record<string, JsonValue> | null = null;
  const isArray = Array.isArray(value);
  for (const [key, item] of Object.entries(value) as [string, JsonValue][]) {
    const kept = replaceUnkeepable(item, `${pointer}/${escapePointer(key)}`, verbatim, depth + 1);
    if (kept === item) continue;
    copy ??= isArray ? [...(value as readonly JsonValue[])] : ({ ...value } as Record<string, JsonValue>);
    setOwn(copy as Record<string, JsonValue>, key, kept);
  }
  return copy ?? value;
}

/**
 * The other way round: the values that `$verbatim` names, and that still are what was put in their place, become their source texts.
 */
export function withSources(
  object: JsonObject,
  readBack: (source: string) => string | null = jsonSubstitute,
): { readonly [key: string]: ForeignValue | undefined } {
  const { [VERBATIM]: verbatim, ...rest } = object;
  if (!isObject(verbatim)) return object;
  const put = (value: JsonValue, pointer: string): ForeignValue => {
    if (typeof value === "string") {
      const source = Object.hasOwn(verbatim, pointer) ? verbatim[pointer] : undefined;
      return typeof source === "string" && readBack(source) === value ? new SourceText(source) : value;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value))
      return (value as readonly JsonValue[]).map((item, index) => put(item, `${pointer}/${index}`));
    const copy: Record<string, ForeignValue> = {};
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) setOwn(copy, key, put(item as JsonValue, `${pointer}/${escapePointer(key)}`));
    return copy;
  };
  return put(rest, "") as { readonly [key: string]: ForeignValue | undefined };
}

const BARE_NUMBER = /^(?:NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/;

/** What stands for a source text of JSON; null when it is none, so that nothing but a value can get into a file. */
function jsonSubstitute(source: string): string | null {
  if (BARE_NUMBER.test(source)) return source;
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "string" ? value.toWellFormed() : null;
  } catch {
    return null;
  }
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
