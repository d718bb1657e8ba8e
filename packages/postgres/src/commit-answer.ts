import { type Known, knownIn } from "./known-session.js";
import type { SqlRow } from "./postgres-driver.js";

/** What the server said of a commit. */
export type Answer =
  /** `version`: of the session's row; null when others have written to it since, or have removed it. */
  | { readonly outcome: "committed"; readonly version: string | null; readonly transcript: number }
  /** `revision` is the session's: 0 when there is none, infinite when nobody could look. */
  | { readonly outcome: "locked"; readonly revision: number }
  | { readonly outcome: "overtaken"; readonly known: Known };

/** Nobody could even look in time. */
export const LOCKED_UNSEEN: Answer = { outcome: "locked", revision: Number.POSITIVE_INFINITY };

/** What `commit_session` answers: a JSON array. */
export function answerIn(text: string): Answer {
  const row = JSON.parse(text) as SqlRow;
  const [outcome, second, third] = row;
  if (outcome === "committed") {
    return { outcome, version: second === null ? null : String(second), transcript: Number(third) };
  }
  return outcome === "locked"
    ? { outcome, revision: Number(second ?? 0) }
    : { outcome: "overtaken", known: knownIn(row) };
}
