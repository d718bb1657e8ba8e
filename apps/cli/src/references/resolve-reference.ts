import {
  InvalidInputError,
  type SessionStore,
  SessionStoreError,
  type SessionSummary,
} from "@agent-sessions/core";
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
  /** Nobody is asked whether the session is the one that was meant: only a whole id names it. @default false */
  readonly isWholeId?: boolean | undefined;
}

/**
 * The id that a reference means: an exact id before all, `latest`, or the beginning of exactly one id.
 *
 * @throws {InvalidInputError} INVALID_QUERY for the beginning of several, with these as `details.candidates`
 * @throws {SessionNotFoundError} SESSION_NOT_FOUND, with the places that hold sessions as `details.elsewhere`; where a whole id is
 * needed, with what the reference would else mean as `details.candidates`
 */
export async function resolveReference(
  store: SessionStore,
  reference: string,
  { findElsewhere, isWholeId = false }: ReferenceOptions,
): Promise<string> {
  if (await store.exists(reference)) return reference;
  if (reference === LATEST) {
    const newest = await newestWithMessages(store);
    if (newest !== null && isWholeId) throw needsWholeId(store, reference, [candidateOf(newest)]);
    if (newest !== null) return newest.id;
    const what = `No session with a message was found in ${placeOf(store)}.`;
    throw notFound(store, reference, what, await findElsewhere(reference));
  }
  const candidates = await candidatesFor(store, reference, MAX_CANDIDATES + 1);
  const [first, second] = candidates;
  if (first === undefined) {
    const what = `Session ${JSON.stringify(reference)} was not found in ${placeOf(store)}.`;
    throw notFound(store, reference, what, await findElsewhere(reference));
  }
  if (isWholeId) throw needsWholeId(store, reference, candidates.slice(0, MAX_CANDIDATES));
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

/** @throws {InvalidInputError} INVALID_OPTIONS for a new session's id that would hide what `latest` stands for */
export function checkNewId(id: string | undefined, path: string): void {
  if (id !== LATEST) return;
  const problem = `No session is made with the id "${LATEST}", which stands for the newest one. Choose another id.`;
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path });
}

/** Sessions whose id begins like this, the newest first, at most `limit`. */
export async function candidatesFor(
  store: SessionStore,
  prefix: string,
  limit: number,
): Promise<readonly Candidate[]> {
  const page = await store.list({ idPrefix: prefix, limit });
  const readable = page.sessions.map(candidateOf);
  const unreadable = page.unreadable
    .filter(({ id }) => id.startsWith(prefix))
    .map(({ id }) => ({ id, name: null, updatedAt: null }));
  return [...readable, ...unreadable].slice(0, limit);
}

function candidateOf({ id, title, preview, updatedAt }: SessionSummary): Candidate {
  return { id, name: title === "" ? preview : title, updatedAt };
}

async function newestWithMessages(store: SessionStore): Promise<SessionSummary | null> {
  for (let cursor: string | undefined; ; ) {
    const page = await store.list({ limit: 50, cursor });
    const newest = page.sessions.find(({ messageCount }) => messageCount > 0);
    if (newest !== undefined) return newest;
    if (page.nextCursor === null) return null;
    cursor = page.nextCursor;
  }
}

/** A repeated command would else take the next session whose id begins like that. */
function needsWholeId(
  store: SessionStore,
  reference: string,
  candidates: readonly Candidate[],
): SessionStoreError {
  const { location, namespace } = store;
  const [first] = candidates;
  const which = candidates.length > 1 ? "the one that is meant" : JSON.stringify(first?.id);
  return new SessionStoreError(
    "SESSION_NOT_FOUND",
    `No session in ${placeOf(store)} has the id ${JSON.stringify(reference)}, and without a question only a whole id is taken. Type ${which} in whole, or leave --yes out at a terminal.`,
    { sessionId: reference, location, details: { namespace, elsewhere: [], candidates } },
  );
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
