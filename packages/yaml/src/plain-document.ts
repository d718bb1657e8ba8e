import type { JsonValue } from "@agent-sessions/core";

const INDENT = 2;
/** Levels; a head of ours has three. */
const MAX_DEPTH = 8;

// Each pattern takes a tenth of a millisecond to be made ready, in a process that never used it before; so there are few.

/** A key, and on the same line its value, or nothing. */
const FIELD = /^([a-z][A-Za-z0-9]{0,63}):(?: (.+))?$/;
/** Characters of the longest whole number that is read here. */
const MAX_NUMBER_LENGTH = 15;
const TIME_LENGTH = "2026-01-01T00:00:00.000Z".length;
/** Plain texts that stand for something else. */
const WORDS: ReadonlyMap<string, JsonValue> = new Map(
  [null, true, false].flatMap((value) => {
    const word = String(value);
    return [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)].map((text) => [
      text,
      value,
    ]);
  }),
);
/** Characters that control, or that some take for blanks or the end of a line. */
const UNSEEN = /[^\n\x20-\x7e\xa1-\u1fff\u3001-\ufefe\uff01-\uffef]/;

/**
 * The value of a document in the simplest shape that this package writes: a field a line, short values on the line of their key, below it
 * maps and lists of such; no comments, escapes or texts of several lines. Headers and heads nearly always are of it, and the first
 * document that the parser of all YAML reads takes it 20 ms. Undefined for everything else, which is left to that parser; what is read here
 * has the value that it has there.
 */
export function readPlainDocument(text: string): JsonValue | undefined {
  const lines = new Lines(text);
  const value = readMap(lines, 0);
  return lines.isAtEnd && !UNSEEN.test(text) ? value : undefined;
}

/** The lines of a document, one after the other, so that a text that is none of ours is left at its first odd line. */
class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    const rest = this.#text.slice(this.#at);
    return rest === "" || rest === "...\n";
  }

  /** The next line without its blanks; null where it stands on another level, or has no end. */
  on(level: number): string | null {
    const end = this.#text.indexOf("\n", this.#at);
    if (end === -1) return null;
    const line = this.#text.slice(this.#at, end);
    const indent = " ".repeat(level * INDENT);
    const rest = line.slice(indent.length);
    return line.startsWith(indent) && rest !== "" && !rest.startsWith(" ") ? rest : null;
  }

  skip(): void {
    this.#at = this.#text.indexOf("\n", this.#at) + 1;
  }
}

function readMap(lines: Lines, level: number): JsonValue | undefined {
  const map: Record<string, JsonValue> = {};
  for (;;) {
    const field = FIELD.exec(lines.on(level) ?? "");
    if (field === null) return Object.keys(map).length === 0 ? undefined : map;
    lines.skip();
    const key = field[1] ?? "";
    const scalar = field[2];
    const value = scalar === undefined ? readNested(lines, level + 1) : readScalar(scalar);
    // A key that is a word, or is there twice, is for the parser to judge.
    if (value === undefined || WORDS.has(key) || Object.hasOwn(map, key)) return undefined;
    map[key] = value;
  }
}

function readNested(lines: Lines, level: number): JsonValue | undefined {
  if (level > MAX_DEPTH) return undefined;
  return lines.on(level)?.startsWith("- ") === true ? readList(lines, level) : readMap(lines, level);
}

function readList(lines: Lines, level: number): JsonValue | undefined {
  const list: JsonValue[] = [];
  for (;;) {
    const item = lines.on(level);
    if (item?.startsWith("- ") !== true) return list;
    const value = readScalar(item.slice("- ".length));
    if (value === undefined) return undefined;
    list.push(value);
    lines.skip();
  }
}

function readScalar(text: string): JsonValue | undefined {
  if (text === "[]") return [];
  if (text === "{}") return {};
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charAt(0);
  if ((first >= "0" && first <= "9") || first === "-") return readNumberOrTime(text);
  if (first === '"') return readQuoted(text);
  const isLetter = (first >= "a" && first <= "z") || (first >= "A" && first <= "Z");
  return isLetter && !hasStructure(text) ? text : undefined;
}

function readNumberOrTime(text: string): JsonValue | undefined {
  const number = Number(text);
  if (Number.isInteger(number) && String(number) === text && text.length <= MAX_NUMBER_LENGTH) return number;
  const time = text.length === TIME_LENGTH ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString() === text ? text : undefined;
}

function readQuoted(text: string): string | undefined {
  return text.indexOf('"', 1) === text.length - 1 && !text.includes("\\") ? text.slice(1, -1) : undefined;
}

/** Whether a plain text ends before it does, or is a key. */
function hasStructure(text: string): boolean {
  return text.includes(": ") || text.includes(" #") || text.endsWith(":") || text.endsWith(" ");
}
