import { type ListPlan, positionOf } from "./list-plan.js";
import type { SessionSummary } from "./session.js";
import type {
  BackendPage,
  SearchCandidate,
  SearchPlan,
  SessionBackend,
  StoredEntry,
} from "./session-backend.js";
import { SessionStoreError } from "./session-store-error.js";

/**
 * How many sessions are listed at once while searching: few at first, for the sake of a first hit that comes soon; then more, because
 * each page may cost a look at every session of the store.
 */
const FIRST_PAGE = 200;
const LARGEST_PAGE = 3200;

/** Where a scan finds what it looks at: a backend that knows better ways than its plain primitives supplies them. */
export interface ScanSource {
  /** @default the backend's own `listPage`, once a page */
  readonly listPage?: (filter: ListPlan) => Promise<BackendPage>;
  /** The entries of a session that may match. @default all of them */
  readonly entriesOf?: (summary: SessionSummary) => AsyncIterable<readonly StoredEntry[]>;
}

/**
 * The plain way to search: every session that passes the filter, with all its entries, newest first. For backends without a search
 * index. A session that is deleted or damaged meanwhile is passed over.
 */
export async function* scanCandidates(
  backend: SessionBackend,
  namespace: string,
  plan: SearchPlan,
  source: ScanSource = {},
): AsyncGenerator<SearchCandidate, void, undefined> {
  const listPage = source.listPage ?? ((page: ListPlan) => backend.listPage(namespace, page));
  const entriesOf =
    source.entriesOf ?? ((summary: SessionSummary) => allEntries(backend, namespace, summary));
  let filter = { ...plan.filter, limit: FIRST_PAGE };
  for (;;) {
    const page = await listPage(filter);
    for (const summary of page.sessions) yield { summary, entries: passingOver(entriesOf(summary)) };
    const last = page.sessions.at(-1);
    if (!page.hasMore || last === undefined) return;
    const limit = Math.min(2 * filter.limit, LARGEST_PAGE);
    filter = { ...filter, limit, after: positionOf(filter, last) };
  }
}

async function* allEntries(
  backend: SessionBackend,
  namespace: string,
  summary: SessionSummary,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const transcript = await backend.openTranscript({ namespace, id: summary.id });
  if (transcript === null) return;
  try {
    yield* transcript.read({ first: 1, last: transcript.head.messageCount, order: "asc" });
  } finally {
    await transcript.close();
  }
}

async function* passingOver(
  entries: AsyncIterable<readonly StoredEntry[]>,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  try {
    yield* entries;
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
