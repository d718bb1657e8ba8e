import type { JsonValue } from "@agent-sessions/core";
import type { RecordCodec } from "@agent-sessions/file";
import { documentEnd, documentStart } from "./document-bounds.js";
import { loadYaml, parseYaml, writeYaml, yamlLevelPlace } from "./lazy-yaml.js";
import { RememberedValues } from "./remembered-values.js";

const FOOTER = "footer";
const FOOTER_KEY = `${FOOTER}: `;
const FOOTER_MARK: Buffer = Buffer.from(`\n${FOOTER_KEY}{`);
const KEEP_MARK = "keep: ";
const CLOSING = "...\n";
/** The fields with which a record of ours begins when it does not begin with `keep`. */
const FIRST_FIELDS: readonly string[] = ["head:", "operation", "entries:", "footer:"];

const remembered = new RememberedValues(parseYaml);

/**
 * A stream of YAML documents, each closed by a line `...`. The footer is one line of plain JSON, which is YAML too. YAML forbids both
 * `...` and `---` at the beginning of a line inside any value, so records can be told apart without parsing.
 */
export const yamlCodec: RecordCodec = {
  name: "yaml",
  extension: "yaml",
  batchBytes: 64 * 1024,
  headerEnd: CLOSING,
  load: loadYaml,

  encodeField(key, value) {
    return writeYaml({ [key]: value });
  },

  encodeFooter(json) {
    return `${FOOTER_KEY}${json}\n${CLOSING}`;
  },

  decodeRecord(text) {
    // The footer is JSON as long as nobody has reflowed it, and JSON is read twenty times faster.
    const start = text.startsWith(FOOTER_KEY) ? 0 : text.lastIndexOf(`\n${FOOTER_KEY}`) + 1;
    const json = start > 0 || text.startsWith(FOOTER_KEY) ? footerLine(text.slice(start)) : null;
    const footer = json === null ? undefined : parseJson(json);
    if (footer === undefined) return remembered.of(withoutHalfClosing(text));
    const value = parseYaml(text.slice(0, start)) ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    // Two footers: what divided two records is gone, and the parser says where.
    return Object.hasOwn(value, FOOTER) ? parseYaml(text) : { ...value, footer };
  },

  decodeRecords(bytes, from, ends) {
    const values: JsonValue[] = [];
    let start = from;
    for (const end of ends) {
      const footer = footerStart(bytes, start, end);
      // Where fields follow the footer, somebody has moved them.
      if (footer === -1 || footerLine(bytes.toString("utf8", footer, end)) === null) return null;
      try {
        const value = parseYaml(bytes.toString("utf8", start, footer)) ?? {};
        if (Object.hasOwn(Object(value), FOOTER)) return null;
        values.push(value);
      } catch {
        return null;
      }
      start = end;
    }
    return values;
  },

  decodeField(text, key) {
    const value = remembered.of(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, JsonValue>)[key]
      : undefined;
  },

  findEnd: documentEnd,
  findStart: documentStart,

  footerText(bytes, start, end) {
    const from = footerStart(bytes, start, end);
    if (from === -1) return null;
    // Its default encoding by leaving it out: Node's first look-up of a named one takes longer than all of this.
    return footerLine(bytes.toString(undefined, from, end));
  },

  glanceKeep(bytes, start, end) {
    const text = bytes.toString("latin1", start, Math.min(end, start + 24));
    if (FIRST_FIELDS.some((field) => text.startsWith(field)))
      return footerStart(bytes, start, end) === -1 ? undefined : null;
    const digits = text.startsWith(KEEP_MARK) ? /^\d{1,15}(?=\n)/.exec(text.slice(KEEP_MARK.length)) : null;
    return digits === null ? undefined : Number(digits[0]);
  },

  mayRespell(text) {
    // Double-quoted text may name a character by its number, or hide a line break in the middle of a word.
    return text.includes("\\") && /\\(?:x(?![01])|u(?!00[01])|U|\r|\n)/.test(text);
  },

  placeOfLevel: yamlLevelPlace,

  closingFor(text) {
    const dots = /(?:^|\n)(\.{1,3})$/.exec(text.slice(-4))?.[1];
    if (dots !== undefined) return `${".".repeat(3 - dots.length)}\n`;
    const lastLine = text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
    if (/^\.\.\.(?:[ \t].*)?\r?\n$/.test(lastLine)) return "";
    const lineBreak = text === "" || text.endsWith("\n") ? "" : "\n";
    return isBlank(text) ? lineBreak : `${lineBreak}${CLOSING}`;
  },
};

/** Whether there is nothing but comments: then nothing needs to be closed. */
function isBlank(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(?:#|$)/.test(line));
}

/** Where the footer's line begins. Values are indented, so only a field of the record itself begins a line. */
function footerStart(bytes: Buffer, start: number, end: number): number {
  const found = bytes.lastIndexOf(FOOTER_MARK, end - 1);
  if (found >= start) return found + 1;
  return bytes.compare(
    FOOTER_MARK,
    1,
    FOOTER_MARK.length,
    start,
    Math.min(end, start + FOOTER_MARK.length - 1),
  ) === 0
    ? start
    : -1;
}

/** The JSON in a text that is a footer's line and what closes the record, whole or torn; null when it is anything else. */
function footerLine(text: string): string | null {
  const lineEnd = text.indexOf("\n");
  const line = (lineEnd === -1 ? text : text.slice(0, lineEnd)).trimEnd();
  const rest = lineEnd === -1 ? "" : text.slice(lineEnd + 1).trimEnd();
  return "...".startsWith(rest) && line.endsWith("}") ? line.slice(FOOTER_KEY.length) : null;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A crash may leave one or two of the three dots that close a record. */
function withoutHalfClosing(text: string): string {
  return text.endsWith(".") ? text.replace(/\n\.{1,2}$/, "\n") : text;
}
