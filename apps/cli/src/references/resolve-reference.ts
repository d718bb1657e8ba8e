import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { placeOf } from "./place.js";

/** Stands for the newest session that holds a message. */
export const LATEST = "latest";
/** How many sessions an ambiguous prefix names. */
const MAX_CANDIDATES = 10;

/** A session that an ambiguous prefix may mean; title and time are null where it cannot be read. */
export type Candidate = {
  readonly id: string;
  /** Its title, else how it begins. */
  readonly name: string | null;
  readonly updatedAt: string | null;
};

export interface ReferenceOptions {
  /** Where else sessions are, for the error of a reference that leads nowhere. */
  readonly findElsewhere: (reference: string) => Promise<readonly string[]>;
}

/**
 * The id that a reference means: an exact id before all, `latest`, or the beginning of exactly one id.
 *
 * @throws {InvalidInputError} INVALID_QUERY for the beginning of several, with these as `details.candidates`
 * @throws {SessionNotFoundError} SESSION_NOT_FOUND, with the places that hold sessions as `details.elsewhere`
 */
export async function resolveReference(
  store: SessionStore,
  reference: string,
  { findElsewhere }: ReferenceOptions,
): Promise<string> {
  if (await store.exists(reference)) return reference;
  if (reference === LATEST) {
    const newest = await newestWithMessages(store);
    if (newest !== null) return newest;
    const what = `No session with a message was found in ${placeOf(store)}.`;
    throw notFound(store, reference, what, await findElsewhere(reference));
  }
  const candidates = await candidatesFor(store, reference, MAX_CANDIDATES + 1);
  const [first, second] = candidates;
  if (first === undefined) {
    const what = `Session ${JSON.stringify(reference)} was not found in ${placeOf(store)}.`;
    throw notFound(store, reference, what, await findElsewhere(reference));
  }
  if (second === undefined) return first.id;
  const number = candidates.length > MAX_CANDIDATES ? `more than ${MAX_CANDIDATES}` : candidates.length;
  throw new SessionStoreError(
    "INVALID_QUERY",
    `${JSON.stringify(reference)} begins the ids of ${number} sessions. Name more of the id, or all of it.`,
    {
      location: store.location,
      details: { path: "id", reference, candidates: candidates.slice(0, MAX_CANDIDATES) },
    },
  );
}

/** Sessions whose id begins like this, the newest first, at most `limit`. */
export async function candidatesFor(
  store: SessionStore,
  prefix: string,
  limit: number,
): Promise<readonly Candidate[]> {
  const page = await store.list({ idPrefix: prefix, limit });
  const readable = page.sessions.map(({ id, title, preview, updatedAt }) => ({
    id,
    name: title === "" ? preview : title,
    updatedAt,
  }));
  const unreadable = page.unreadable
    .filter(({ id }) => id.startsWith(prefix))
    .map(({ id }) => ({ id, name: null, updatedAt: null }));
  return [...readable, ...unreadable].slice(0, limit);
}

async function newestWithMessages(store: SessionStore): Promise<string | null> {
  for (let cursor: string | undefined; ; ) {
    const page = await store.list({ limit: 50, cursor });
    const newest = page.sessions.find(({ messageCount }) => messageCount > 0);
    if (newest !== undefined) return newest.id;
    if (page.nextCursor === null) return null;
    cursor = page.nextCursor;
  }
}

function notFound(
  store: SessionStore,
  sessionId: string,
  what: string,
  elsewhere: readonly string[],
): SessionStoreError {
  const { location, namespace } = store;
  const details = { namespace, elsewhere };
  return new SessionStoreError("SESSION_NOT_FOUND", what, { sessionId, location, details });
}
