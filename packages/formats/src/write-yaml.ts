import { compareCodePoints } from "@agent-sessions/core/backend";
import { type ForeignValue, SourceText } from "./foreign-value.js";
import { yamlText } from "./yaml-scalar.js";

/** The longest key that stands before its colon, in characters; a longer one is announced by a question mark. */
const MAX_KEY = 122;

const LINE_BREAK = /[\n\u0085\u2028\u2029]/;

type ForeignObject = { readonly [key: string]: ForeignValue | undefined };

/**
 * A mapping as PyYAML's `dump(…, default_flow_style=False)` writes it, byte for byte: YAML 1.1, block style, keys sorted, lists not
 * indented below their key, non-ASCII escaped, lines broken beyond 80 characters.
 */
export function writeYaml(object: ForeignObject): string {
  return Object.keys(object).length === 0 ? "{}\n" : `${mapping(object, 0)}\n`;
}

/** The lines of a mapping, of which the first begins at the column `indent`. */
function mapping(object: ForeignObject, indent: number): string {
  const margin = " ".repeat(indent);
  const members = Object.entries(object)
    .filter((member): member is [string, ForeignValue] => member[1] !== undefined)
    .toSorted(([a], [b]) => compareCodePoints(a, b));
  const lines = members.map(([key, value]) => {
    const isShort = key !== "" && !LINE_BREAK.test(key) && Array.from(key).length <= MAX_KEY;
    if (isShort) {
      const name = yamlText(key, { column: indent, indent: indent + 2, isKey: true });
      return `${name}:${member(value, indent, indent + Array.from(name).length + 1)}`;
    }
    const name = yamlText(key, { column: indent + 2, indent: indent + 2, isKey: false });
    return `? ${name}\n${margin}:${member(value, indent, indent + 1, true)}`;
  });
  return lines.join(`\n${margin}`);
}

/** What follows a key's colon, which ended at `column`. */
function member(value: ForeignValue, indent: number, column: number, isLongKey = false): string {
  const margin = " ".repeat(indent);
  if (isFilledList(value)) {
    // Behind a long key's colon a list begins on the same line, like anything else.
    return isLongKey ? ` ${list(value, indent + 2)}` : `\n${margin}${list(value, indent)}`;
  }
  if (isFilledMapping(value)) {
    return isLongKey ? ` ${mapping(value, indent + 2)}` : `\n${margin}  ${mapping(value, indent + 2)}`;
  }
  return ` ${scalar(value, column + 1, indent + 2)}`;
}

function list(items: readonly ForeignValue[], indent: number): string {
  const lines = items.map((item) => {
    if (isFilledList(item)) return `- ${list(item, indent + 2)}`;
    if (isFilledMapping(item)) return `- ${mapping(item, indent + 2)}`;
    return `- ${scalar(item, indent + 2, indent + 2)}`;
  });
  return lines.join(`\n${" ".repeat(indent)}`);
}

function scalar(value: ForeignValue, column: number, indent: number): string {
  if (value instanceof SourceText) return value.source;
  if (typeof value === "string") return yamlText(value, { column, indent, isKey: false });
  // YAML 1.1 wants a point in a number with an exponent.
  if (typeof value === "number") return String(value).replace(/^(-?\d+)e/, "$1.0e");
  if (Array.isArray(value)) return "[]";
  return typeof value === "object" && value !== null ? "{}" : String(value);
}

function isFilledList(value: ForeignValue): value is readonly ForeignValue[] {
  return Array.isArray(value) && value.length > 0;
}

function isFilledMapping(value: ForeignValue): value is ForeignObject {
  const isMapping =
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof SourceText);
  return isMapping && Object.keys(value).length > 0;
}
