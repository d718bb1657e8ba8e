import { InvalidInputError } from "./errors.js";
import { foldText } from "./text.js";

/** The longest search text, in UTF-16 code units. */
const MAX_SEARCH_TEXT = 4096;
/** How much text a snippet shows before and behind the match, in UTF-16 code units. */
const SNIPPET_BEFORE = 60;
const SNIPPET_BEHIND = 120;

/**
 * The folded words of a search text, in their order, each once.
 *
 * @throws {InvalidInputError} INVALID_QUERY when there is none, or it is too long
 */
export function splitWords(text: unknown): readonly string[] {
  if (typeof text !== "string") throw invalidText("must be a string");
  if (text.length > MAX_SEARCH_TEXT) throw invalidText(`is longer than ${MAX_SEARCH_TEXT} characters`);
  if (!text.isWellFormed()) throw invalidText("holds a lone surrogate");
  const words = new Set(
    foldText(text)
      .split(/\s+/u)
      .filter((word) => word !== ""),
  );
  if (words.size === 0) throw invalidText("holds no word; name at least one");
  return [...words];
}

export interface TextMatch {
  readonly snippet: string;
  readonly matchStart: number;
  readonly matchEnd: number;
}

/** Where the first word stands, with the text around it; null unless every word occurs. */
export function matchText(text: string, words: readonly string[]): TextMatch | null {
  const folded = foldText(text);
  if (!words.every((word) => folded.includes(word))) return null;
  const word = words[0] ?? "";
  const foldedStart = folded.indexOf(word);
  const isAligned = !text.includes("\u0130") && text.normalize("NFC") === text;
  const original = (offset: number): number => (isAligned ? offset : originalOffset(text, offset));
  const start = original(foldedStart);
  const end = Math.max(original(foldedStart + word.length), nextCharacter(text, start));
  const from = wholeCharacter(text, Math.max(0, start - SNIPPET_BEFORE));
  const to = wholeCharacter(text, Math.min(text.length, end + SNIPPET_BEHIND));
  return { snippet: text.slice(from, to), matchStart: start - from, matchEnd: end - from };
}

/**
 * The place in `text` that an offset of its folded form comes from: the longest prefix whose folded form does not reach beyond it. Needed
 * where folding changes lengths: composition does, and of all lower-casing only that of U+0130. Goes piece by piece, because folding a
 * long text once for each step of a search would hold the event loop.
 */
function originalOffset(text: string, offset: number): number {
  let from = 0;
  let left = offset;
  for (;;) {
    const to = seamFrom(text, from + PIECE_LENGTH);
    const length = to === text.length ? Number.POSITIVE_INFINITY : foldText(text.slice(from, to)).length;
    if (length > left) return wholeCharacter(text, from + prefixWithin(text.slice(from, to), left));
    from = to;
    left -= length;
  }
}

/** How long a piece is at least, in UTF-16 code units. */
const PIECE_LENGTH = 1024;
/** Characters that never combine with the one before them: the folded forms of what is before and behind such a seam just add up. */
const SEAM = /[\s -\u02ff\u1100-\u1112\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3]/g;

function seamFrom(text: string, offset: number): number {
  const seam = new RegExp(SEAM);
  seam.lastIndex = offset;
  return seam.exec(text)?.index ?? text.length;
}

function prefixWithin(text: string, foldedLength: number): number {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (foldText(text.slice(0, middle)).length <= foldedLength) low = middle;
    else high = middle - 1;
  }
  return low;
}

function nextCharacter(text: string, offset: number): number {
  return Math.min(text.length, offset + ((text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1));
}

/** Moves an offset off the middle of a surrogate pair. */
function wholeCharacter(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff ? offset - 1 : offset;
}

function invalidText(problem: string): InvalidInputError {
  return new InvalidInputError("INVALID_QUERY", `The search text ${problem}.`, { path: "text" });
}
