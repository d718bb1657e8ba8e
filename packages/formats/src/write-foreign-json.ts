import { compareCodePoints } from "@agent-sessions/core/backend";
import { type ForeignValue, SourceText } from "./foreign-value.js";

/** How a tool writes JSON. */
export interface JsonStyle {
  /** Spaces a level; 0 puts everything on one line, without spaces. */
  readonly indent: number;
  /** Python's `ensure_ascii`: everything but printable ASCII is escaped. */
  readonly isAscii: boolean;
  /** Keys sorted by code point, as Rust's `BTreeMap` gives them; else in their order. */
  readonly isSorted: boolean;
}

/** JSON as another tool writes it; source texts stand as they are. Ends without a line break. */
export function writeForeignJson(value: ForeignValue, style: JsonStyle): string {
  return write(value, style, "\n");
}

function write(value: ForeignValue, style: JsonStyle, margin: string): string {
  if (value instanceof SourceText) return value.source;
  if (typeof value === "string") return quoted(value, style);
  if (typeof value !== "object" || value === null) return String(value);
  const inner = `${margin}${" ".repeat(style.indent)}`;
  if (Array.isArray(value)) {
    return enclosed(
      "[",
      (value as readonly ForeignValue[]).map((item) => write(item, style, inner)),
      "]",
      style,
      margin,
    );
  }
  const members = Object.entries(value).filter(
    (member): member is [string, ForeignValue] => member[1] !== undefined,
  );
  if (style.isSorted) members.sort(([a], [b]) => compareCodePoints(a, b));
  const colon = style.indent === 0 ? ":" : ": ";
  const written = members.map(([key, item]) => `${quoted(key, style)}${colon}${write(item, style, inner)}`);
  return enclosed("{", written, "}", style, margin);
}

function enclosed(
  open: string,
  items: readonly string[],
  close: string,
  style: JsonStyle,
  margin: string,
): string {
  if (items.length === 0 || style.indent === 0) return `${open}${items.join(",")}${close}`;
  const inner = `${margin}${" ".repeat(style.indent)}`;
  return `${open}${inner}${items.join(`,${inner}`)}${margin}${close}`;
}

function quoted(text: string, style: JsonStyle): string {
  const json = JSON.stringify(text);
  if (!style.isAscii) return json;
  return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
