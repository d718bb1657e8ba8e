import { digest, type Entry, messageText, type SessionHead } from "@agent-sessions/core";
import type { ImportedSession } from "@agent-sessions/formats";

/** A session as a store must have it: what the file said, and what was done since. */
export interface ExpectedSession {
  head: SessionHead;
  readonly entries: Entry[];
  /** Of the session as it was in the file. */
  readonly digest: string;
}

/** A word to search for, and where it must be found: `id#position`, or `id#title`. */
export interface ExpectedSearch {
  readonly word: string;
  readonly places: readonly string[];
}

export async function expectedSession({ snapshot }: ImportedSession): Promise<ExpectedSession> {
  const entries: Entry[] = [];
  for await (const entry of snapshot.entries) entries.push(entry);
  return { head: snapshot.head, entries, digest: await digest({ head: snapshot.head, entries }) };
}

/** Where `word` occurs, found the slow and obvious way, to hold the stores' search against. */
export function expectSearch(word: string, sessions: readonly ExpectedSession[]): ExpectedSearch {
  const holds = (text: string): boolean => fold(text).includes(fold(word));
  const places = sessions.flatMap(({ head, entries }) => [
    ...(holds(head.title) ? [`${head.id}#title`] : []),
    ...entries.filter(({ message }) => holds(messageText(message))).map(({ seq }) => `${head.id}#${seq}`),
  ]);
  return { word, places: places.sort() };
}

/** A few telling words out of the sessions themselves: the longest one of each of the first messages and titles. */
export function wordsOf(sessions: readonly ExpectedSession[], limit: number): readonly string[] {
  const words = new Set<string>();
  for (const { head, entries } of sessions) {
    const text = [
      head.title,
      ...entries.slice(0, 3).map(({ message }) => messageText(message).slice(0, 2000)),
    ].join(" ");
    const longest = (text.match(/[\p{L}\p{N}]+/gu) ?? []).reduce(
      (best, word) => (word.length > best.length ? word : best),
      "",
    );
    if (longest !== "") words.add(longest);
    if (words.size === limit) break;
  }
  return [...words];
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
