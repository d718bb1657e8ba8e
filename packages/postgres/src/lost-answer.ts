import { StoreIoError } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import type { Answer } from "./commit-answer.js";
import type { PlannedCommit } from "./session-commit.js";

/**
 * A commit whose answer was lost, and which is not what the session has now: it may have taken place if the session's revision has
 * passed its own, or if it may still be under way; and nobody can tell unless it carried an operation id.
 *
 * @param underWay what is answered as long as the first try may still be under way
 * @throws {StoreIoError} STORE_IO when nobody can tell
 */
export function assertNotCommitted(
  location: string,
  { key, commit }: PlannedCommit,
  answer: Answer,
  underWay?: Answer["outcome"],
): void {
  if (answer.outcome === "committed" || commit.operation !== null) return;
  const revision = answer.outcome === "locked" ? answer.revision : (answer.known.row?.columns.revision ?? 0);
  if (answer.outcome !== underWay && revision <= commit.head.revision) return;
  throw cannotBeTold(location, key);
}

/** Whether a write took place cannot be told. */
export function cannotBeTold(location: string, { id }: SessionKey, cause?: unknown): StoreIoError {
  return new StoreIoError(
    `The connection to ${location} broke while session ${JSON.stringify(id)} was written, and others have written to it since or hold it: whether this write took place cannot be told. Look at the session; give appends an operationId to be able to repeat them.`,
    { location, sessionId: id, cause },
  );
}

/** A write did not take place. */
export function notMade(location: string, { id }: SessionKey, cause: unknown): StoreIoError {
  return new StoreIoError(
    `The connection to ${location} broke while session ${JSON.stringify(id)} was written, and others have written to it since. This write was not made; try again.`,
    { location, sessionId: id, cause },
  );
}
