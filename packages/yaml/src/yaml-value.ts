import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { RecordSyntaxError, RecordTooDeepError } from "@agent-sessions/file";
import {
  type Document,
  isCollection,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  stringify,
  visit,
  type YAMLError,
} from "yaml";
import { assertShallow } from "./assert-shallow.js";

/**
 * Nothing folded, nothing shared: texts of several lines stand as they are, and the same object twice is written twice. Version 1.2
 * core: only what JSON has is anything else than text.
 */
const WRITE_OPTIONS = {
  version: "1.2",
  schema: "core",
  aliasDuplicateObjects: false,
  lineWidth: 0,
  minContentWidth: 0,
  blockQuote: "literal",
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const;

/** Only what JSON has: no tags for bytes, dates or sets, and keys that are texts as they stand, not lists or maps. */
const READ_OPTIONS = {
  version: "1.2",
  schema: "core",
  resolveKnownTags: false,
  stringKeys: true,
  prettyErrors: false,
} as const;

/**
 * Only these spellings make numbers that JSON does not have: words, exponents of three digits, and so many digits, decimal or not, that with
 * fewer of them not even an exponent of two would do.
 */
const NON_FINITE = /\.(?:inf|nan)(?!\w)|[\d.]e\+?\d{3}|(?<!\d)\d{200}|0x[\da-f]{200}/i;

/** As YAML, ending with a line break. */
export function writeYaml(value: JsonObject): string {
  return stringify(value, WRITE_OPTIONS);
}

/**
 * The value of one document; undefined when it holds nothing but comments.
 *
 * @throws {RecordSyntaxError} for what is no YAML, and for what is refused: aliases (a few of them can stand for gigabytes), tags of
 *   other programs, numbers that JSON does not have, nesting that exhausts the stack
 */
export function parseAnyYaml(text: string): JsonValue | undefined {
  refuseNuls(text);
  assertShallow(text);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { ...READ_OPTIONS, lineCounter: lines });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      const { line, col } = lines.linePos(problem.pos[0]);
      throw new RecordSyntaxError(reasonOf(problem), line, col);
    }
    if (isNothing(document.contents)) return undefined;
    return toJson(document, text, lines);
  } catch (error) {
    if (error instanceof RangeError) throw new RecordTooDeepError(1, 1, { cause: error });
    throw error;
  }
}

function reasonOf({ code, message }: YAMLError): string {
  if (code === "TAG_RESOLVE_FAILED") return `tags are refused: ${message}`;
  if (code === "NON_STRING_KEY") return "a list or a map is no key: keys must be texts";
  return `it is not valid YAML: ${message}`;
}

/** Where the first list or map on a level begins, the outermost being 1, in a text that `parseAnyYaml` reads. Lines and columns from 1. */
export function yamlLevelPlace(text: string, level: number): { line: number; column: number } {
  const lines = new LineCounter();
  let place = { line: 1, column: 1 };
  visit(parseDocument(text, { ...READ_OPTIONS, lineCounter: lines }), {
    Collection: (_key, node, path) => {
      if (path.filter(isCollection).length + 1 < level) return undefined;
      const { line, col } = placeOf(node, lines);
      place = { line, column: col };
      return visit.BREAK;
    },
  });
  return place;
}

/** YAML has no NULs, but its parser takes them for text. A file system that lost power while it wrote leaves them where text was. */
function refuseNuls(text: string): void {
  const at = text.indexOf("\0");
  if (at === -1) return;
  const line = text.slice(0, at).split("\n").length;
  throw new RecordSyntaxError(
    "it holds NUL bytes, which a crash may leave",
    line,
    at - text.lastIndexOf("\n", at),
  );
}

/** No document at all, or one between `---` and `...` with nothing in it. */
function isNothing(contents: ParsedNode | null): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === "");
}

function toJson(document: Document.Parsed<ParsedNode>, text: string, lines: LineCounter): JsonValue {
  let value: JsonValue;
  try {
    value = document.toJS({ maxAliasCount: 0 }) as JsonValue;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const { line, col } = firstAlias(document, lines);
    throw new RecordSyntaxError("aliases (*name) are refused; write the value out", line, col, {
      cause: error,
    });
  }
  if (NON_FINITE.test(text)) refuseNonFinite(document, lines);
  return value;
}

function refuseNonFinite(document: Document.Parsed<ParsedNode>, lines: LineCounter): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== "number" || Number.isFinite(node.value)) return;
      const { line, col } = placeOf(node, lines);
      throw new RecordSyntaxError(`${node.value} is no number that JSON has`, line, col);
    },
  });
}

function firstAlias(
  document: Document.Parsed<ParsedNode>,
  lines: LineCounter,
): { line: number; col: number } {
  let place = { line: 1, col: 1 };
  visit(document, {
    Alias: (_key, node) => {
      place = placeOf(node, lines);
      return visit.BREAK;
    },
  });
  return place;
}

function placeOf(node: Node, lines: LineCounter): { line: number; col: number } {
  const [offset = 0] = node.range ?? [];
  return lines.linePos(offset);
}
