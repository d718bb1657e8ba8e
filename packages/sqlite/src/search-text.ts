import type { JsonObject } from "@agent-sessions/core";
import { foldText, messageText } from "@agent-sessions/core/backend";

/** The fewest characters of a word that the trigram index can find. */
const TRIGRAM = 3;
/** More trigrams than this narrow a word down no further, and SQLite limits the depth of an expression. */
const MAX_TRIGRAMS = 32;

/**
 * What stands behind every text in the index: so each character of the text begins a trigram, and a word of one or two characters is
 * found by the trigrams that begin with it, at the end of a text too. No word holds a blank.
 */
const ENDING = " ".repeat(TRIGRAM - 1);

/** What the index holds of a message. */
export function searchTextOf(message: object): string {
  return toIndexed(foldText(messageText(message))) + ENDING;
}

/** What the index holds of a message in its JSON text; nothing when that cannot be read. */
export function searchTextOfJson(json: string): string {
  const message = parseMessage(json);
  return message === null ? "" : searchTextOf(message);
}

/** What the index holds of a title. */
export function searchTextOfTitle(title: string): string {
  return toIndexed(foldText(title)) + ENDING;
}

/** A message from its JSON text; null when it is none: search passes over what cannot be read, and `verify` reports it. */
export function parseMessage(json: string): JsonObject | null {
  try {
    const message: unknown = JSON.parse(json);
    return typeof message === "object" && message !== null && !Array.isArray(message)
      ? (message as JsonObject)
      : null;
  } catch {
    return null;
  }
}

/**
 * The index query for texts that may hold all of `words` (folded): all of their trigrams, each as a quoted phrase, so that no query
 * syntax leaks. Null when every word is too short for the index.
 */
export function toMatchQuery(words: readonly string[]): string | null {
  const trigrams = new Set<string>();
  for (const word of words) for (const trigram of trigramsOf(toIndexed(word))) trigrams.add(trigram);
  if (trigrams.size === 0) return null;
  return evenly([...trigrams], MAX_TRIGRAMS)
    .map((trigram) => `"${trigram.replaceAll('"', '""')}"`)
    .join(" AND ");
}

/** The first and the last, in the order of their bytes, of the trigrams that begin with a word. */
export interface TrigramRange {
  readonly first: string;
  readonly last: string;
}

/** The greatest code point: nothing is greater in UTF-8, whose bytes are in the order of the code points. */
const LAST_CHARACTER = "\u{10ffff}";

/** Those of `words` (folded) that are too short for a trigram of their own, by the trigrams that begin with them; the longer ones first. */
export function trigramRanges(words: readonly string[]): readonly TrigramRange[] {
  return words
    .map((word) => ({ first: asTokenized(toIndexed(word)), missing: TRIGRAM - [...word].length }))
    .filter(({ missing }) => missing > 0)
    .sort((a, b) => a.missing - b.missing)
    .map(({ first, missing }) => ({ first, last: first + LAST_CHARACTER.repeat(missing) }));
}

/** The tokenizer ends a text at NUL. */
function toIndexed(folded: string): string {
  return folded.replaceAll("\0", " ");
}

/** The tokenizer takes these two noncharacters for U+FFFD. */
function asTokenized(text: string): string {
  return text.replace(/[\ufffe\uffff]/g, "\ufffd");
}

function trigramsOf(word: string): string[] {
  const characters = [...word];
  const trigrams: string[] = [];
  for (let start = 0; start + TRIGRAM <= characters.length; start++) {
    trigrams.push(characters.slice(start, start + TRIGRAM).join(""));
  }
  return trigrams;
}

function evenly<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return items.filter(
    (_, index) =>
      Math.floor((index * count) / items.length) !== Math.floor(((index - 1) * count) / items.length),
  );
}
