import type { JsonValue } from "@agent-sessions/core";
import { type RecordCodec, RecordSyntaxError } from "@agent-sessions/file";
import { jsonErrorOffset } from "./json-error-offset.js";
import { jsonLevelOffset } from "./json-level-offset.js";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const FOOTER_KEY = '"footer":';
const FOOTER_MARK: Buffer = Buffer.from(`${FOOTER_KEY}{`);
/** The field with which every footer ends; eight digits, a quote and two brackets follow. */
const CHECK_MARK: Buffer = Buffer.from(',"check":"');
const CHECK_LENGTH: number = CHECK_MARK.length + 10;
const KEEP_MARK: Buffer = Buffer.from('{"keep":');

/** JSON Lines: one record a line. JSON text holds no raw newline, so a line that is closed is whole. */
export const jsonCodec: RecordCodec = {
  name: "json",
  extension: "jsonl",
  batchBytes: 512 * 1024,
  headerEnd: "}\n",

  encodeField(key, value, isFirst) {
    // A list item by item: V8 takes longer over what lies deeper in what it writes.
    const text = Array.isArray(value)
      ? `[${value.map((item) => JSON.stringify(item)).join(",")}]`
      : JSON.stringify(value);
    return `${isFirst ? "{" : ","}${JSON.stringify(key)}:${text}`;
  },

  encodeFooter(json, isFirst) {
    return `${isFirst ? "{" : ","}${FOOTER_KEY}${json}}\n`;
  },

  decodeRecord(text) {
    if (text.trim() === "") return undefined;
    return parse(text);
  },

  decodeRecords(bytes, from, ends) {
    // One array of all records, without their footers: half of a short line is footer, and one parse is faster than many.
    const joined = Buffer.allocUnsafe(bytes.length + 2);
    let length = 0;
    let start = from;
    for (const end of ends) {
      const footer = footerStart(bytes, start, end);
      // A line without one may be blank, the header, or somebody's own; where fields follow it, somebody has moved them.
      if (footer <= start + 1 || !endsWithFooter(bytes, footer, end)) return null;
      joined[length++] = start === from ? OPEN_LIST : COMMA;
      length += bytes.copy(joined, length, start, footer - 1);
      joined[length++] = CLOSE;
      start = end;
    }
    joined[length++] = CLOSE_LIST;
    try {
      const values = JSON.parse(joined.toString("utf8", 0, length)) as JsonValue[];
      // More of them where somebody has put two on one line, which is no record.
      return values.length === ends.length ? values : null;
    } catch {
      return null;
    }
  },

  decodeField(text, key) {
    const value = parse(`{${text.slice(1)}}`);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, JsonValue>)[key]
      : undefined;
  },

  findEnd(bytes, from) {
    return bytes.indexOf(NEWLINE, from) + 1 || -1;
  },

  findStart(bytes, end) {
    return end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2) + 1 || -1;
  },

  footerText(bytes, start, end) {
    const from = footerStart(bytes, start, end);
    if (from === -1) return null;
    const last = lastVisible(bytes, from, end);
    // Its default encoding by leaving it out: Node's first look-up of a named one takes longer than all of this.
    return bytes[last] === CLOSE ? bytes.toString(undefined, from + FOOTER_KEY.length, last) : null;
  },

  glanceKeep(bytes, start, end) {
    if (bytes[start] !== OPEN || bytes[start + 1] !== QUOTE) return undefined;
    if (bytes.compare(KEEP_MARK, 0, KEEP_MARK.length, start, Math.min(end, start + KEEP_MARK.length)) !== 0) {
      return footerStart(bytes, start, end) === -1 ? undefined : null;
    }
    const digits = /^\d{1,15}(?=[,}])/.exec(
      bytes.toString("latin1", start + KEEP_MARK.length, Math.min(end, start + KEEP_MARK.length + 20)),
    );
    return digits === null ? undefined : Number(digits[0]);
  },

  mayRespell(text) {
    // Most texts have none of these at all; those that stand for control characters spell nothing that is looked for.
    return text.includes("\\u") && /\\u(?!00[01])/.test(text);
  },

  placeOfLevel(text, level) {
    return { line: 1, column: jsonLevelOffset(text, level) + 1 };
  },

  closingFor(text) {
    return text === "" || text.endsWith("\n") ? "" : "\n";
  },
};

/** Where the last `"footer":{` begins. Quotes within texts are escaped, so no text can hold it. */
function footerStart(bytes: Buffer, start: number, end: number): number {
  const found = bytes.lastIndexOf(FOOTER_MARK, end - 1);
  return found < start ? -1 : found;
}

/** Whether nothing but what closes the record follows the footer that begins at `footer`: told by how each footer ends. */
function endsWithFooter(bytes: Buffer, footer: number, end: number): boolean {
  const from = lastVisible(bytes, footer, end) - CHECK_LENGTH;
  return (
    from > footer && bytes.compare(CHECK_MARK, 0, CHECK_MARK.length, from, from + CHECK_MARK.length) === 0
  );
}

function lastVisible(bytes: Buffer, start: number, end: number): number {
  let last = end - 1;
  while (last > start && (bytes[last] ?? 0) <= 0x20) last--;
  return last;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw notJson(text, error as SyntaxError);
  }
}

function notJson(text: string, cause: SyntaxError): RecordSyntaxError {
  const column = jsonErrorOffset(text) + 1;
  return new RecordSyntaxError(`it is not valid JSON: ${cause.message}`, 1, column, { cause });
}
