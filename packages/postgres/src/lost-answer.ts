import { SessionStoreError, StoreIoError } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import type { Answer, SeenSession } from "./commit-answer.js";
import { REMEMBERED_OPERATIONS } from "./commit-functions.js";
import type { PlannedCommit } from "./session-commit.js";

/**
 * A commit whose answer was lost, and which is not what the session has now. It was not made when the server says so of a session that
 * it was to create, or when the session shows it; otherwise, and when it may still be under way, nobody can tell.
 *
 * @param underWay what is answered as long as the first try may still be under way
 * @throws {StoreIoError} STORE_IO when nobody can tell
 */
export function assertNotCommitted(
  location: string,
  plan: PlannedCommit,
  answer: Answer,
  underWay?: Answer["outcome"],
): void {
  if (answer.outcome === "committed") return;
  const isLocked = answer.outcome === "locked";
  if (answer.outcome !== underWay) {
    const seen = isLocked ? answer.seen : (answer.known.row?.columns ?? null);
    // The server knows what a commit has created, also when that was removed since.
    if (plan.present === null && (!isLocked || seen !== null)) return;
    // The next decision is told by the operation's id.
    if (!isLocked && answer.known.fingerprint !== null) return;
    if (showsNotMade(plan, seen, !isLocked)) return;
  }
  throw cannotBeTold(location, plan.key);
}

/**
 * Whether a session shows that a commit was not made. Revisions tell as long as the epoch stays: a session that was made anew, restored
 * or cut has another, and may count from anywhere.
 *
 * @param isUnknown the session was asked for the commit's operation and does not know it: not made, unless so many have come since that it
 *   may be forgotten
 */
export function showsNotMade(
  { present, commit }: PlannedCommit,
  seen: SeenSession | null,
  isUnknown: boolean,
): boolean {
  if (seen === null || seen.epoch !== present?.columns.epoch) return false;
  const further = seen.revision - commit.head.revision;
  return further <= 0 || (commit.operation !== null && isUnknown && further < REMEMBERED_OPERATIONS);
}

/** Whether a write took place cannot be told. */
export function cannotBeTold(location: string, { id }: SessionKey, cause?: unknown): StoreIoError {
  return new StoreIoError(
    `The connection to ${location} broke while session ${JSON.stringify(id)} was written, and others have written to it since, have replaced or deleted it, or hold it: whether this write took place cannot be told. Look at the session; give appends an operationId to be able to repeat them.`,
    { location, sessionId: id, cause, details: { outcome: "unknown" } },
  );
}

/** Whether an error says that nobody can tell. */
export function isUntold(error: unknown): boolean {
  return SessionStoreError.is(error, "STORE_IO") && error.details["outcome"] === "unknown";
}

/** A write did not take place. */
export function notMade(location: string, { id }: SessionKey, cause: unknown): StoreIoError {
  return new StoreIoError(
    `The connection to ${location} broke while session ${JSON.stringify(id)} was written, and others have written to it since. This write was not made; try again.`,
    { location, sessionId: id, cause },
  );
}
