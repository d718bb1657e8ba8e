import { type SessionSnapshot, type SessionStore, SessionStoreError, snapshotOf } from "@agent-sessions/core";
import { hold } from "./held-entries.js";

/** How often a session is read again because it changed meanwhile; then it leaves as it is read. */
const MAX_TRIES = 3;

/** Sessions on their way out of a store, counted as they pass. */
export class ExportedSessions implements AsyncIterable<SessionSnapshot> {
  readonly #store: SessionStore;
  readonly #ids: AsyncIterable<string> | Iterable<string>;
  readonly #onSession: (id: string) => void;
  readonly #signal: AbortSignal;
  readonly #areNamed: boolean;
  sessions = 0;
  messages = 0;
  /** Sessions that somebody has deleted since they were listed. */
  gone = 0;

  /** @param options `onSession` is called behind each session; `areNamed`: one that is gone is an error, for somebody has asked for it */
  constructor(
    store: SessionStore,
    ids: AsyncIterable<string> | Iterable<string>,
    options: {
      readonly signal: AbortSignal;
      readonly onSession: (id: string) => void;
      readonly areNamed: boolean;
    },
  ) {
    this.#store = store;
    this.#ids = ids;
    this.#signal = options.signal;
    this.#onSession = options.onSession;
    this.#areNamed = options.areNamed;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot> {
    for await (const id of this.#ids) {
      this.#signal.throwIfAborted();
      const snapshot = await this.#readOrPass(id);
      if (snapshot === null) {
        this.gone++;
        continue;
      }
      yield snapshot;
      this.sessions++;
      this.messages += snapshot.head.messageCount;
      this.#onSession(id);
    }
  }

  /** Null for one that is gone. */
  async #readOrPass(id: string): Promise<SessionSnapshot | null> {
    try {
      return await readStable(this.#store, id);
    } catch (error) {
      if (!this.#areNamed && SessionStoreError.is(error, "SESSION_NOT_FOUND")) return null;
      throw error;
    }
  }
}

/** A session whose head and entries belong together, though others may write to it or delete it; what is large is read as it leaves. */
async function readStable(store: SessionStore, id: string): Promise<SessionSnapshot> {
  for (let tries = 1; ; tries++) {
    try {
      const { head, entries } = await snapshotOf(store, id);
      const held = await hold(entries);
      if (!held.isWhole) return { head, entries: held.entries };
      const present = await store.head(id);
      const isSame = present.revision === head.revision && present.createdAt === head.createdAt;
      if (isSame || tries === MAX_TRIES) return { head, entries: held.entries };
    } catch (error) {
      if (tries === MAX_TRIES || !SessionStoreError.is(error, "SESSION_CONFLICT")) throw error;
    }
  }
}

/** The ids of all sessions of a namespace, also of those that cannot be read: an archive that silently lacks one would be trusted as a backup. */
export async function* allIds(store: SessionStore): AsyncGenerator<string> {
  const unreadable = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.list({ orderBy: "id", limit: 1000, cursor });
    for (const { id } of page.unreadable) {
      if (unreadable.has(id)) continue;
      unreadable.add(id);
      yield id;
    }
    for (const { id } of page.sessions) yield id;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
