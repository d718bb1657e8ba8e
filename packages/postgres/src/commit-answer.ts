import { type Known, knownIn } from "./known-session.js";
import type { SqlRow } from "./postgres-driver.js";

/** What tells of a session whether it is still the one that a commit was decided on, and how far it has got. */
export interface SeenSession {
  readonly revision: number;
  readonly epoch: string;
}

/** What the server said of a commit. */
export type Answer =
  /** `version`: of the session's row; null when others have written to it since, or have removed it. */
  | { readonly outcome: "committed"; readonly version: string | null; readonly transcript: number }
  /** `seen`: the session; null when there is none, or when nobody could look. */
  | { readonly outcome: "locked"; readonly seen: SeenSession | null }
  | { readonly outcome: "overtaken"; readonly known: Known };

/** Nobody could even look in time. */
export const LOCKED_UNSEEN: Answer = { outcome: "locked", seen: null };

/** What `commit_session` answers: a JSON array. */
export function answerIn(text: string): Answer {
  const row = JSON.parse(text) as SqlRow;
  const [outcome, second, third] = row;
  if (outcome === "committed") {
    return { outcome, version: second === null ? null : String(second), transcript: Number(third) };
  }
  return outcome === "locked"
    ? { outcome, seen: second === null ? null : { revision: Number(second), epoch: String(third) } }
    : { outcome: "overtaken", known: knownIn(row) };
}
