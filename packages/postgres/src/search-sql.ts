import { searchedText } from "./schema.js";

/** What JSON shows as it is, and folding leaves alone: printable ASCII but for the quote and the backslash. */
const NOT_PLAIN = /[^\u0020\u0021\u0023-\u005b\u005d-\u007e]+/;

/** The fewest letters and digits in a row that make a trigram whatever stands before and behind. */
const TRIGRAM = /[a-z0-9]{3}/;

/**
 * The pieces of plain ASCII in folded words. A message that holds the words holds every piece, whatever its case, in its JSON as well;
 * core confirms what is found that way.
 */
export function plainPieces(words: readonly string[]): readonly string[] {
  return [...new Set(words.flatMap((word) => word.split(NOT_PLAIN)).filter((piece) => piece !== ""))];
}

/** Whether an index of trigrams can find any of the pieces. */
export function hasTrigram(pieces: readonly string[]): boolean {
  return pieces.some((piece) => TRIGRAM.test(piece));
}

/**
 * True of an entry `e` that may hold the words.
 *
 * @param take gives a parameter its place
 */
export function mayHold(pieces: readonly string[], take: (value: string) => string): string {
  if (pieces.length === 0) return "true";
  const text = searchedText("e.message");
  return pieces.map((piece) => `${text} LIKE ${take(`%${piece.replace(/[%_]/g, "\\$&")}%`)}`).join(" AND ");
}

/** True of a session `s` whose title holds the words. */
export function titleHolds(words: readonly string[], take: (value: string) => string): string {
  return words.map((word) => `strpos(s.title_folded, ${take(word)}) > 0`).join(" AND ");
}
