import { positionOf } from "./list-plan.js";
import type { SessionSummary } from "./session.js";
import type { SearchCandidate, SearchPlan, SessionBackend, StoredEntry } from "./session-backend.js";
import { SessionStoreError } from "./session-store-error.js";

/**
 * How many sessions are listed at once while searching: few at first, for the sake of a first hit that comes soon; then more, because
 * each page may cost a look at every session of the store.
 */
const FIRST_PAGE = 200;
const LARGEST_PAGE = 3200;

/**
 * The plain way to search: every session that passes the filter, with all its entries, newest first. For backends without a search
 * index. A session that is deleted or damaged meanwhile is passed over.
 */
export async function* scanCandidates(
  backend: SessionBackend,
  namespace: string,
  plan: SearchPlan,
): AsyncGenerator<SearchCandidate, void, undefined> {
  let filter = { ...plan.filter, limit: FIRST_PAGE };
  for (;;) {
    const page = await backend.listPage(namespace, filter);
    for (const summary of page.sessions) yield { summary, entries: entriesOf(backend, namespace, summary) };
    const last = page.sessions.at(-1);
    if (!page.hasMore || last === undefined) return;
    const limit = Math.min(2 * filter.limit, LARGEST_PAGE);
    filter = { ...filter, limit, after: positionOf(filter, last) };
  }
}

async function* entriesOf(
  backend: SessionBackend,
  namespace: string,
  summary: SessionSummary,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  try {
    const transcript = await backend.openTranscript({ namespace, id: summary.id });
    if (transcript === null) return;
    try {
      yield* transcript.read({ first: 1, last: transcript.head.messageCount, order: "asc" });
    } finally {
      await transcript.close();
    }
  } catch (error) {
    if (!isPassedOver(error)) throw error;
  }
}

function isPassedOver(error: unknown): boolean {
  return (
    SessionStoreError.is(error, "SESSION_CORRUPTED") ||
    SessionStoreError.is(error, "SESSION_CONFLICT") ||
    SessionStoreError.is(error, "SESSION_NOT_FOUND")
  );
}
