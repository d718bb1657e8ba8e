import type { PrunePolicy, PruneReason } from "./prune-policy.js";
import type { SessionSummary } from "./session.js";
import type { SessionSnapshot, SessionStore } from "./session-store.js";

export interface PruneOptions<M extends object, S extends object> {
  /** Deletes what the plan names. @default false: only the plan is made */
  readonly execute?: boolean | undefined;
  /**
   * Gets the sessions before the first one is deleted, to keep them elsewhere. They, and the entries of each, can be iterated as often
   * as need be, each time anew; what counts is the last time: a session that was not read to its end then is kept. When it rejects,
   * nothing is deleted. Not called in a dry run, or when nothing goes.
   */
  readonly archive?: ((sessions: AsyncIterable<SessionSnapshot<M, S>>) => Promise<void>) | undefined;
  /** Ends the work between two sessions; its reason is thrown unchanged. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each session that was archived, and after each whose deletion was tried. */
  readonly onProgress?: ((progress: PruneProgress) => void) | undefined;
  /** What counts as now for `olderThanMs`, in milliseconds since 1970. @default Date.now() */
  readonly now?: number | undefined;
}

export interface PruneProgress {
  readonly id: string;
  readonly outcome: "archived" | "deleted" | "kept" | "failed";
  /** Sessions done so far in this phase (archiving, then deleting), this one included. */
  readonly done: number;
  readonly total: number;
}

/** A session that the policy lets go, as it was when the plan was made. */
export interface PlannedSession {
  readonly session: SessionSummary;
  /** The rules that apply to it. */
  readonly reasons: readonly PruneReason[];
}

export interface PruneReport {
  readonly executed: boolean;
  /** Exactly what goes, newest first; in a dry run: would go. */
  readonly planned: readonly PlannedSession[];
  /** Sessions that would go if they were not pinned. */
  readonly pinned: number;
  /** Sessions that cannot be read. They stay: nobody knows their age. */
  readonly unreadable: number;
  readonly deleted: readonly string[];
  /** Changed, or deleted by somebody else, since the plan was made; left as they are. */
  readonly kept: readonly string[];
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

/**
 * Deletes the sessions of this handle's namespace that a policy lets go; without `execute` it only says which. A session is deleted at
 * the revision that was planned (and archived) or not at all, so that nobody's new message is lost. Forks of a deleted session stay.
 * Never runs by itself.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a policy without any rule or an unknown option, before anything is read
 */
export async function prune<M extends object, S extends object>(
  store: SessionStore<M, S>,
  policy: PrunePolicy,
  options: PruneOptions<M, S> = {},
): Promise<PruneReport> {
  // Loaded only here, as most programs never call it.
  const { runPrune } = await import("./run-prune.js");
  return await runPrune(store, policy, options);
}
