import { type SessionSnapshot, type SessionStore, snapshotOf } from "@agent-sessions/core";

/** Sessions on their way out of a store, counted as they pass. */
export class ExportedSessions implements AsyncIterable<SessionSnapshot> {
  readonly #store: SessionStore;
  readonly #ids: AsyncIterable<string> | Iterable<string>;
  readonly #onSession: (id: string) => void;
  readonly #signal: AbortSignal;
  sessions = 0;
  messages = 0;

  /** @param onSession called behind each session */
  constructor(
    store: SessionStore,
    ids: AsyncIterable<string> | Iterable<string>,
    options: { readonly signal: AbortSignal; readonly onSession: (id: string) => void },
  ) {
    this.#store = store;
    this.#ids = ids;
    this.#signal = options.signal;
    this.#onSession = options.onSession;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot> {
    for await (const id of this.#ids) {
      this.#signal.throwIfAborted();
      const snapshot = await snapshotOf(this.#store, id);
      yield snapshot;
      this.sessions++;
      this.messages += snapshot.head.messageCount;
      this.#onSession(id);
    }
  }
}

/** The ids of all sessions of a namespace. @throws what reading an unreadable session throws */
export async function* allIds(store: SessionStore): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await store.list({ orderBy: "id", limit: 1000, cursor });
    // An archive that silently lacks a session would be trusted as a backup.
    const [unreadable] = page.unreadable;
    if (unreadable !== undefined) await store.load(unreadable.id);
    for (const { id } of page.sessions) yield id;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
