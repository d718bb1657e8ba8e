import type { Entry, SessionSnapshot } from "@agent-sessions/core";

/**
 * A snapshot that is dated by its file (`isDatedByFile`), with another time in place of the file's: so a session can be held against
 * one that was imported from a copy of the same file, whose time of modification was another.
 *
 * @param at ISO 8601, UTC, milliseconds: the stored session's `createdAt`
 */
export function redate<M extends object, S extends object>(
  { head, entries }: SessionSnapshot<M, S>,
  at: string,
): SessionSnapshot<M, S> {
  const fileTime = head.createdAt;
  const dated = (time: string): string => (time === fileTime ? at : time);
  async function* redated(): AsyncGenerator<Entry<M>> {
    for await (const entry of entries) yield { ...entry, at: dated(entry.at) };
  }
  return {
    head: { ...head, createdAt: dated(head.createdAt), updatedAt: dated(head.updatedAt) },
    entries: { [Symbol.asyncIterator]: redated },
  };
}
