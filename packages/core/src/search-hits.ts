import { messageText } from "./message-text.js";
import { matchText, type TextMatch } from "./search-match.js";
import type { Entry, SessionSummary } from "./session.js";
import type { SearchCandidate, SearchPlan, SessionBackend } from "./session-backend.js";
import type { SearchHit } from "./session-store.js";
import { TimeSlice } from "./time-slice.js";

/**
 * Confirms what a backend proposes: every hit is checked by the one rule, whatever the backend's own index believes.
 *
 * @param letGo called once nothing is held any more: before the hit that reaches the limit is handed out
 */
export async function* searchHits(
  backend: SessionBackend,
  namespace: string,
  plan: SearchPlan,
  limit: number | null,
  letGo: () => void,
): AsyncGenerator<SearchHit, void, undefined> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  const hits = confirmedHits(backend.searchCandidates(namespace, plan), plan.words);
  for await (const hit of hits) {
    if (--left === 0) {
      await hits.return();
      letGo();
    }
    yield hit;
  }
}

async function* confirmedHits(
  candidates: AsyncIterable<SearchCandidate>,
  words: readonly string[],
): AsyncGenerator<SearchHit, void, undefined> {
  const slice = new TimeSlice();
  for await (const { summary, entries } of candidates) {
    if (slice.isOver) await slice.pause();
    const inTitle = matchText(summary.title, words);
    if (inTitle !== null) yield toHit(summary, null, inTitle);
    for await (const batch of entries) {
      for (const entry of batch) {
        if (slice.isOver) await slice.pause();
        const match = matchText(messageText(entry.message), words);
        if (match !== null) yield toHit(summary, entry, match);
      }
    }
  }
}

function toHit(summary: SessionSummary, entry: Entry<object> | null, match: TextMatch): SearchHit {
  const { id, namespace, title, updatedAt } = summary;
  return { id, namespace, title, updatedAt, seq: entry?.seq ?? null, at: entry?.at ?? null, ...match };
}
