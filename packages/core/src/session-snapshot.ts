import { InvalidInputError, quote, SessionConflictError } from "./errors.js";
import type { Entry, SessionHead } from "./session.js";
import { keepsMessages } from "./session-epoch.js";
import type { SessionSnapshot, SessionStore } from "./session-store.js";

type Source<M extends object, S extends object> = Pick<SessionStore<M, S>, "head" | "messages">;

/**
 * What `restore` takes, read from a store. The entries are read when they are iterated, as often as need be: each pass yields exactly
 * the messages that `head` counts, or rejects SESSION_CONFLICT at its end when some of them are gone by then. Messages appended since
 * are not among them; a state or title changed since is not in `head` (compare revisions, as `migrate` does, where that matters).
 *
 * @throws {SessionNotFoundError} SESSION_NOT_FOUND
 */
export async function snapshotOf<M extends object, S extends object>(
  store: Source<M, S>,
  id: string,
): Promise<SessionSnapshot<M, S>> {
  const head = await store.head(id);
  return { head, entries: { [Symbol.asyncIterator]: () => entriesOf(store, head) } };
}

async function* entriesOf<M extends object, S extends object>(
  store: Source<M, S>,
  head: SessionHead<S>,
): AsyncGenerator<Entry<M>, void, undefined> {
  const { id, messageCount, revision } = head;
  let count = 0;
  for await (const entry of store.messages(id, { before: messageCount + 1 })) {
    count++;
    yield entry;
  }
  // The two were read at two moments, and what lies between them leaves no trace in the entries.
  const present = await store.head(id);
  if (count === messageCount && keepsMessages(head, present)) return;
  throw new SessionConflictError(id, revision, present.revision, {
    message: `Session ${quote(id)} was cut or replaced since its snapshot was taken, at revision ${revision}; it is at ${present.revision} now. Take the snapshot again.`,
  });
}

/**
 * The entries of a snapshot, held against its head as they pass.
 *
 * @throws {InvalidInputError} INVALID_VALUE, at the latest behind the last entry, unless they run from 1 to `head.messageCount`
 */
export async function* wholeEntries<M extends object, S extends object>({
  head,
  entries,
}: SessionSnapshot<M, S>): AsyncGenerator<Entry<M>, void, undefined> {
  const { id, messageCount } = head;
  let count = 0;
  for await (const entry of entries) {
    count++;
    if (entry.seq !== count || count > messageCount) {
      throw notWhole(id, `The snapshot's entry ${count} of ${messageCount} has the position ${entry.seq}`);
    }
    yield entry;
  }
  if (count !== messageCount)
    throw notWhole(id, `The snapshot's entries end after ${count}, but head.messageCount is ${messageCount}`);
}

function notWhole(sessionId: string, problem: string): InvalidInputError {
  return new InvalidInputError(
    "INVALID_VALUE",
    `${problem}. Take the snapshot again; entries that can be read once only, such as a generator's, have to be made anew for each reader.`,
    { path: "entries", sessionId },
  );
}
