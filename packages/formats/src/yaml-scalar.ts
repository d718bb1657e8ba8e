import { isTypedScalar } from "./yaml-1-1-types.js";

/** Where a scalar begins, and how its further lines are indented. All counted in characters. */
export interface ScalarPlace {
  readonly column: number;
  readonly indent: number;
  /** A key stays on one line. */
  readonly isKey: boolean;
}

/** Beyond this column PyYAML begins a new line at the next chance. */
const WIDTH = 80;
const BLANK = /[\0 \t\r\n\u0085\u2028\u2029]/;

/** A text as PyYAML writes it: plain where that reads back as the same text, else in single quotes, else in double quotes. */
export function yamlText(text: string, place: ScalarPlace): string {
  const characters = Array.from(text);
  const isMultiline = text.includes("\n");
  if (characters.some((character) => !isPrintable(character)) || /(?: \n|\n )/.test(text)) {
    return doubleQuoted(characters, place);
  }
  if (text !== "" && !isMultiline && mayBePlain(characters, text)) return folded(characters, place, false);
  return isMultiline && place.isKey ? doubleQuoted(characters, place) : singleQuoted(characters, place);
}

function isPrintable(character: string): boolean {
  return character === "\n" || (character >= " " && character <= "~");
}

function mayBePlain(characters: readonly string[], text: string): boolean {
  if (isTypedScalar(text) || /^(?: |---|\.\.\.)|[ ]$/.test(text)) return false;
  const isBlankAt = (index: number): boolean => BLANK.test(characters[index] ?? " ");
  return characters.every((character, index) => {
    if (index === 0 && "#,[]{}&*!|>'\"%@`".includes(character)) return false;
    if (index === 0 && "?-".includes(character) && isBlankAt(1)) return false;
    if (character === ":" && isBlankAt(index + 1)) return false;
    return !(character === "#" && index > 0 && isBlankAt(index - 1));
  });
}

/** Lines break at a single space beyond the width, which the break then stands for. */
function folded(characters: readonly string[], place: ScalarPlace, isQuoted: boolean): string {
  let { column } = place;
  let out = "";
  for (let at = 0; at < characters.length; ) {
    const run = runFrom(characters, at);
    const end = at + run.length;
    const isInside = !isQuoted || (at > 0 && end < characters.length);
    if (run === " " && column > WIDTH && !place.isKey && isInside) {
      out += lineBreak(place);
      column = place.indent;
    } else if (run.startsWith("\n")) {
      // One more than it stands for, since a single break would read as a space.
      out += `\n${run}${" ".repeat(place.indent)}`;
      column = place.indent;
    } else {
      const written = isQuoted ? run.replaceAll("'", "''") : run;
      out += written;
      column += written.length;
    }
    at = end;
  }
  return out;
}

/** Spaces, breaks, or whatever else, as long as it lasts. */
function runFrom(characters: readonly string[], start: number): string {
  const kind = kindOf(characters[start]);
  let end = start + 1;
  while (end < characters.length && kindOf(characters[end]) === kind) end++;
  return characters.slice(start, end).join("");
}

function kindOf(character: string | undefined): " " | "\n" | "other" {
  return character === " " || character === "\n" ? character : "other";
}

function singleQuoted(characters: readonly string[], place: ScalarPlace): string {
  return `'${folded(characters, { ...place, column: place.column + 1 }, true)}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

function escaped(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  if (character >= " " && character <= "~") return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Lines break with a backslash, before a space or behind an escape; a space that then begins a line is escaped. */
function doubleQuoted(characters: readonly string[], place: ScalarPlace): string {
  let column = place.column + 1;
  let out = "";
  let isBehindEscape = false;
  for (const [index, character] of characters.entries()) {
    const written = escaped(character);
    const isEscape = written.length > 1;
    if (isEscape) {
      out += written;
      column += written.length;
    }
    const isInside = index > 0 && index < characters.length - 1;
    const isChance = isInside && (isEscape || isBehindEscape || character === " ");
    isBehindEscape = isEscape;
    // Behind an escape PyYAML counts one character less.
    if (isChance && column > (isEscape ? WIDTH + 1 : WIDTH) && !place.isKey) {
      const next = isEscape ? characters[index + 1] : character;
      out += `\\${lineBreak(place)}${next === " " ? "\\" : ""}`;
      column = place.indent + (next === " " ? 1 : 0);
    }
    if (!isEscape) {
      out += written;
      column++;
    }
  }
  return `"${out}"`;
}

function lineBreak({ indent }: ScalarPlace): string {
  return `\n${" ".repeat(indent)}`;
}
