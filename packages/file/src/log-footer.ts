import type { JsonObject, JsonValue, Usage } from "@agent-sessions/core";
import { isCount, isObject, isTime } from "./record-shape.js";

/** Byte offsets in the file: from `start` up to and without `end`. */
export type Span = readonly [start: number, end: number];

/** What ends every record: all that the next writer and `head()` need, so that neither reads the log. */
export interface Footer {
  readonly revision: number;
  readonly messageCount: number;
  readonly usage: Usage;
  /** `updatedAt`. */
  readonly at: string;
  readonly epoch: string;
  /** The size of the file once this record is written. Offsets hold only while it is true. */
  readonly size: number;
  /** Where the newest `head` field lies. */
  readonly head: Span;
  /** Where the newest `operation` or `operations` field lies; each `operation` names the one before it. */
  readonly operation: Span | null;
  /** How many records so far carry `keep`; 0 means that every entry in the log is live. */
  readonly cuts: number;
  /** About how many bytes of the log are history that nothing reads any more. */
  readonly dead: number;
  /** The log holds fields or records that format 1.0 does not know: a rewrite has to carry them along. */
  readonly foreign: boolean;
  /** Fields of the footer itself that format 1.0 does not know; each writer carries them along. */
  readonly extra: JsonObject;
}

/** The footer of a record that only continues in the next one: rewritten logs are cut into pieces of bounded size. */
export interface PartFooter {
  readonly revision: 0;
  readonly messageCount: number;
  readonly size: number;
}

/** Null when the footer is missing, incomplete or not what the format says: it is then worked out again. */
export function readFooter(value: JsonValue | undefined): Footer | PartFooter | null {
  if (!isObject(value)) return null;
  const { revision, messageCount, usage, at, epoch, size, head, operation = null, ...rest } = value;
  if (!isCount(revision) || !isCount(messageCount) || !isCount(size)) return null;
  if (revision === 0) return { revision, messageCount, size };
  if (!isUsage(usage) || !isTime(at) || typeof epoch !== "string" || !isSpan(head)) return null;
  if (operation !== null && !isSpan(operation)) return null;
  const { cuts = 0, dead = 0, foreign = false, ...extra } = rest;
  if (!isCount(cuts) || !isCount(dead) || typeof foreign !== "boolean") return null;
  return { revision, messageCount, usage, at, epoch, size, head, operation, cuts, dead, foreign, extra };
}

/** What follows the size in a footer's JSON text. What is empty is left out, because it is repeated with every record. */
export function footerRest(footer: Omit<Footer, "size">): string {
  const { usage, at, epoch, head, operation, cuts, dead, foreign, extra } = footer;
  let text = `,"usage":${JSON.stringify(usage)},"at":"${at}","epoch":${JSON.stringify(epoch)},"head":[${head.join()}]`;
  if (operation !== null) text += `,"operation":[${operation.join()}]`;
  if (cuts > 0) text += `,"cuts":${cuts}`;
  if (dead > 0) text += `,"dead":${dead}`;
  if (foreign) text += ',"foreign":true';
  for (const key in extra) text += `,${JSON.stringify(key)}:${JSON.stringify(extra[key])}`;
  return `${text}}`;
}

export function isPart(footer: Footer | PartFooter): footer is PartFooter {
  return footer.revision === 0;
}

export function isSpan(value: JsonValue | undefined): value is Span {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    isCount(value[0]) &&
    isCount(value[1]) &&
    value[0] < value[1]
  );
}

function isUsage(value: JsonValue | undefined): value is Usage & JsonObject {
  return (
    isObject(value) &&
    isCount(value["inputTokens"]) &&
    isCount(value["outputTokens"]) &&
    Object.values(value).every(isCount)
  );
}
