import type { JsonObject, JsonValue, Usage } from "@agent-sessions/core";
import { crc32 } from "./crc32.js";
import { isCount, isObject, isTime, otherFields } from "./record-shape.js";

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

const FOOTER_FIELDS: ReadonlySet<string> = new Set([
  "revision",
  "messageCount",
  "usage",
  "at",
  "epoch",
  "size",
  "head",
  "operation",
  "cuts",
  "dead",
  "foreign",
  "check",
]);
/** In bytes and in characters: a seal is ASCII. */
export const SEAL_LENGTH: number = ',"check":"00000000"}'.length;

/** A footer whose size, which depends on its own length, is set last. */
export type FooterDraft = (Omit<Footer, "size"> | Omit<PartFooter, "size">) & { size: number };

/** Null when the footer is missing, incomplete or not what the format says: it is then worked out again. */
export function readFooter(value: JsonValue | undefined): Footer | PartFooter | null {
  if (!isObject(value)) return null;
  const { revision, messageCount, usage, at, epoch, size, head, operation = null } = value;
  if (!isCount(revision) || !isCount(messageCount) || !isCount(size)) return null;
  if (revision === 0) return { revision, messageCount, size };
  if (!isUsage(usage) || !isTime(at) || typeof epoch !== "string" || !isSpan(head)) return null;
  if (operation !== null && !isSpan(operation)) return null;
  const { cuts = 0, dead = 0, foreign = false } = value;
  if (!isCount(cuts) || !isCount(dead) || typeof foreign !== "boolean") return null;
  const extra = otherFields(value, FOOTER_FIELDS);
  return { revision, messageCount, usage, at, epoch, size, head, operation, cuts, dead, foreign, extra };
}

/** As `readFooter`, from a footer's own text, and null as well when somebody has changed that text since it was sealed. */
export function readSealedFooter(json: string): Footer | PartFooter | null {
  if (!json.endsWith(sealOf(json.slice(0, -SEAL_LENGTH)))) return null;
  try {
    return readFooter(JSON.parse(json) as JsonValue);
  } catch {
    return null;
  }
}

/** Whether a footer is as its writer sealed it, in whatever layout it stands in the file now. */
export function isSealed(footer: Footer | PartFooter, check: JsonValue | undefined): boolean {
  const text = footerParts(footer).join(String(footer.size));
  return `,"check":${JSON.stringify(check)}}` === sealOf(text);
}

/** A footer's JSON text up to the seal, before and behind its size: that depends on the text's own length. */
export function footerParts(footer: FooterDraft): readonly [before: string, behind: string] {
  const { revision, messageCount } = footer;
  const before = `{"revision":${revision},"messageCount":${messageCount},"size":`;
  return [before, "usage" in footer ? footerRest(footer) : ""];
}

/**
 * What closes a footer's JSON text: the CRC-32 of what stands before it, always equally long. A footer is trusted without reading the
 * log, so a person's change to one must show, though the file is as long as before.
 */
export function sealOf(text: string): string {
  const check = crc32(text);
  return `,"check":"${HEX[check >>> 24]}${HEX[(check >>> 16) & 0xff]}${HEX[(check >>> 8) & 0xff]}${HEX[check & 0xff]}"}`;
}

/** The two hexadecimal digits of each byte: V8 takes longer to write a large number in hexadecimal than to sum up a footer. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * What follows the size in a footer's JSON text, but for the seal. What is empty is left out, because it is repeated with every record.
 */
function footerRest(footer: Omit<Footer, "size">): string {
  const { usage, at, epoch, head, operation, cuts, dead, foreign, extra } = footer;
  let text = `,"usage":${JSON.stringify(usage)},"at":"${at}","epoch":${JSON.stringify(epoch)},"head":[${head[0]},${head[1]}]`;
  if (operation !== null) text += `,"operation":[${operation[0]},${operation[1]}]`;
  if (cuts > 0) text += `,"cuts":${cuts}`;
  if (dead > 0) text += `,"dead":${dead}`;
  if (foreign) text += ',"foreign":true';
  for (const key in extra) text += `,${JSON.stringify(key)}:${JSON.stringify(extra[key])}`;
  return text;
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
