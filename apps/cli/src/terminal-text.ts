/**
 * What a terminal would act on instead of showing it: control characters (escape sequences begin with one), foreign line ends, and
 * marks that turn the direction of the text around them, so that it reads as something else.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; by their names, \p{Cc} and \p{Bidi_Control}, making the expression takes a millisecond of each start
const ACTIVE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Printable ASCII: what nearly every text of a list is. */
const PLAIN = /^[ -~]*$/;

/** Whether a terminal shows the text as it is, each character in one column. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** Stored text for one line of a terminal: line ends and tabs become blanks, whatever else is active its escape, such as `\u001b`. */
export function oneLine(text: string): string {
  // The other expressions need not be made then, which takes a millisecond of a start.
  if (isPlain(text)) return text;
  return withEscapes(text.replaceAll(/\r\n|[\n\r\t]/g, " "), "");
}

/** Stored text for a terminal, with its line ends and tabs. */
export function manyLines(text: string): string {
  return withEscapes(text.replaceAll("\r\n", "\n"), "\n\t");
}

/** JSON that means the same and is safe on a terminal: JSON itself escapes only the first 32 characters. */
export function safeJson(json: string): string {
  // A line end in JSON is layout: inside its strings it is escaped already.
  return withEscapes(json, "\n");
}

function withEscapes(text: string, kept: string): string {
  return text.replaceAll(ACTIVE, (character) =>
    kept.includes(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
