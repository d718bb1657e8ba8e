import type { RecordCodec } from "./record-codec.js";

/**
 * What of a word stands in a file as the very same bytes, but for its case, however the text came there: printable ASCII without what
 * formats escape or double (quotes, backslash, slash), and without `;` and `` ` ``, which other characters turn into when text is folded.
 */
const PLAIN_RUN = /[!#-&(-.0-:<-[\]-_a-z{-~]+/g;
/** The UTF-8 of U+0130 and U+212A, a character a byte: folding makes `i` and `k` of them. */
const FOLDED_TO_ASCII: readonly string[] = ["\u00c4\u00b0", "\u00e2\u0084\u00aa"];

/**
 * Tells from the bytes of records, without parsing them, that no message in them holds all words of a search. Folding keeps ASCII
 * characters that follow one another together and makes no others, so the longest plain run of each word must be there. A word without
 * one filters nothing.
 */
export class RawTextFilter {
  readonly #runs: readonly string[];
  readonly #codec: RecordCodec;

  /** @param words folded */
  constructor(words: readonly string[], codec: RecordCodec) {
    const runs = words.map((word) => longestOf(word.match(PLAIN_RUN) ?? []));
    this.#runs = runs.filter((run) => run !== "");
    this.#codec = codec;
  }

  /** Never false when a message in these bytes holds all words. */
  mayMatch(bytes: Buffer, start = 0, end: number = bytes.length): boolean {
    const text = bytes.toString("latin1", start, end);
    const lower = text.toLowerCase();
    return this.#runs.every((run) => lower.includes(run)) || this.#isSpeltOtherwise(text);
  }

  #isSpeltOtherwise(text: string): boolean {
    return FOLDED_TO_ASCII.some((spelling) => text.includes(spelling)) || this.#codec.mayRespell(text);
  }
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
}
