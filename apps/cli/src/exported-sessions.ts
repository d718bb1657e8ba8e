import { type SessionSnapshot, type SessionStore, SessionStoreError, snapshotOf } from "@agent-sessions/core";
import { type HeldEntries, hold } from "./held-entries.js";

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
      await using session = await this.#readOrPass(id);
      if (session === null) {
        this.gone++;
        continue;
      }
      const { head, entries } = session;
      yield { head, entries };
      this.sessions++;
      this.messages += head.messageCount;
      this.#onSession(id);
    }
  }

  /** Null for one that is gone. */
  async #readOrPass(id: string): Promise<HeldSession | null> {
    try {
      return await readStable(this.#store, id);
    } catch (error) {
      if (!this.#areNamed && SessionStoreError.is(error, "SESSION_NOT_FOUND")) return null;
      throw error;
    }
  }
}

interface HeldSession extends HeldEntries {
  readonly head: SessionSnapshot["head"];
}

/** A session whose head and entries belong together, though others may write to it or delete it. */
async function readStable(store: SessionStore, id: string): Promise<HeldSession> {
  for (let tries = 1; ; tries++) {
    try {
      const { head, entries } = await snapshotOf(store, id);
      const held = await hold(entries);
      if (await isToLeave(store, head, held, tries)) return { ...held, head };
    } catch (error) {
      if (tries === MAX_TRIES || !SessionStoreError.is(error, "SESSION_CONFLICT")) throw error;
    }
  }
}

/** Lets go of what is not to leave. */
async function isToLeave(
  store: SessionStore,
  head: SessionSnapshot["head"],
  held: HeldEntries,
  tries: number,
): Promise<boolean> {
  let isGood = false;
  try {
    isGood = !held.isWhole || (await isPresent(store, head)) || tries === MAX_TRIES;
    return isGood;
  } finally {
    if (!isGood) await held[Symbol.asyncDispose]();
  }
}

async function isPresent(
  store: SessionStore,
  { id, revision, createdAt }: SessionSnapshot["head"],
): Promise<boolean> {
  const present = await store.head(id);
  return present.revision === revision && present.createdAt === createdAt;
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
