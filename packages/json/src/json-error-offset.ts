const WHITE_SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids just these; naming their class instead takes a millisecond whenever the package is loaded
const STRING_PIECE = /[^"\\\0-\x1f]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const OTHER_SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end";

/**
 * Where a text stops being JSON, counted in UTF-16 code units; its length when it only ends too early. `JSON.parse` names the place of
 * some mistakes only, differently in each version of Node, and a person who has to find it in a line of a megabyte needs it.
 */
export function jsonErrorOffset(text: string): number {
  const nesting: ("[" | "{")[] = [];
  let expected: Expected = "value";
  let at = skip(WHITE_SPACE, text, 0);
  while (at < text.length) {
    const character = text.charAt(at);
    const closer = nesting.at(-1) === "[" ? "]" : "}";
    let next = at + 1;
    if (expected.endsWith("or end") && character === closer && nesting.length > 0) {
      nesting.pop();
      expected = "comma or end";
    } else if (expected === "comma or end" && character === "," && nesting.length > 0) {
      expected = nesting.at(-1) === "[" ? "value" : "key";
    } else if (expected === "colon" && character === ":") {
      expected = "value";
    } else if (expected.startsWith("value") && (character === "[" || character === "{")) {
      nesting.push(character);
      expected = character === "[" ? "value or end" : "key or end";
    } else {
      const isKey = expected.startsWith("key");
      next = isKey || expected.startsWith("value") ? skipScalar(text, at) : at;
      if (next === at || (isKey && character !== '"')) return at;
      expected = isKey ? "colon" : "comma or end";
    }
    at = skip(WHITE_SPACE, text, next);
  }
  return text.length;
}

/**
 * Behind the scalar at `from`; `from` itself where there is none. A string goes piece by piece: one pattern for all of it would try every
 * way to cut a string that nobody closed into pieces, and they double with each character.
 */
function skipScalar(text: string, from: number): number {
  if (text.charAt(from) !== '"') return skip(OTHER_SCALAR, text, from);
  let at = from + 1;
  for (let next = skip(STRING_PIECE, text, at); next > at; next = skip(STRING_PIECE, text, at)) at = next;
  if (at === text.length) return at;
  return text.charAt(at) === '"' ? at + 1 : from;
}

/** Behind what `pattern` matches at `from`; `from` itself when it does not. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
