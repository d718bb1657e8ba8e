import { messageText } from "./message-text.js";
import { matchText, type TextMatch } from "./search-match.js";
import type { Entry, SessionSummary } from "./session.js";
import type { SearchPlan, SessionBackend } from "./session-backend.js";
import type { SearchHit } from "./session-store.js";
import { TimeSlice } from "./time-slice.js";

/** Confirms what a backend proposes: every hit is checked by the one rule, whatever the backend's own index believes. */
export async function* searchHits(
  backend: SessionBackend,
  namespace: string,
  plan: SearchPlan,
  limit: number | null,
): AsyncGenerator<SearchHit, void, undefined> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  const slice = new TimeSlice();
  for await (const { summary, entries } of backend.searchCandidates(namespace, plan)) {
    if (slice.isOver) await slice.pause();
    const inTitle = matchText(summary.title, plan.words);
    if (inTitle !== null) {
      yield toHit(summary, null, inTitle);
      if (--left === 0) return;
    }
    for await (const batch of entries) {
      for (const entry of batch) {
        if (slice.isOver) await slice.pause();
        const match = matchText(messageText(entry.message), plan.words);
        if (match === null) continue;
        yield toHit(summary, entry, match);
        if (--left === 0) return;
      }
    }
  }
}

function toHit(summary: SessionSummary, entry: Entry<object> | null, match: TextMatch): SearchHit {
  const { id, namespace, title, updatedAt } = summary;
  return { id, namespace, title, updatedAt, seq: entry?.seq ?? null, at: entry?.at ?? null, ...match };
}
