import { foldText, messageText } from "@agent-sessions/core/backend";

/** The fewest characters of a word that the trigram index can find. */
const TRIGRAM = 3;
/** More trigrams than this narrow a word down no further, and SQLite limits the depth of an expression. */
const MAX_TRIGRAMS = 32;

/** What the index holds of a message. */
export function searchTextOf(message: object): string {
  return toIndexed(foldText(messageText(message)));
}

/** What the index holds of a title. */
export function searchTextOfTitle(title: string): string {
  return toIndexed(foldText(title));
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

/** The tokenizer ends a text at NUL. */
function toIndexed(folded: string): string {
  return folded.replaceAll("\0", " ");
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
