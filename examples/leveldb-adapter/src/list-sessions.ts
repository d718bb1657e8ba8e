import { SessionStoreError, type SessionSummary, type UnreadableSession } from "@agent-sessions/core";
import {
  type BackendPage,
  type ListPlan,
  matchesId,
  selectPage,
  toSummary,
} from "@agent-sessions/core/backend";
import type { ClassicLevel } from "classic-level";
import { sessionOf, summariesIn } from "./keys.js";
import { readBatches } from "./read-batches.js";
import { decodeSummary } from "./session-records.js";

/** As many as the contract lets a page carry. */
const MAX_UNREADABLE = 100;

/** Looks at the summary of every session of the namespace; core filters, orders and cuts the page. */
export async function listSessions(
  level: ClassicLevel,
  namespace: string,
  plan: ListPlan,
): Promise<BackendPage> {
  const rows: SessionSummary[] = [];
  const unreadable: UnreadableSession[] = [];
  let unreadableCount = 0;
  for await (const batch of readBatches(level, summariesIn(namespace))) {
    for (const [summaryKey, record] of batch) {
      const key = sessionOf(summaryKey);
      if (!matchesId(plan, key.id)) continue;
      try {
        rows.push(decodeSummary(key, record, level.location));
      } catch (error) {
        if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
        unreadableCount++;
        const { code, message } = error;
        if (unreadable.length < MAX_UNREADABLE) unreadable.push({ id: key.id, code, message });
      }
    }
  }
  const { sessions, hasMore } = await selectPage(plan, rows);
  return { sessions: sessions.map(toSummary), hasMore, unreadable, unreadableCount };
}
