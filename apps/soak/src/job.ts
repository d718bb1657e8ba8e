import type { SessionStore, StoreOptions } from "@agent-sessions/core";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { JobEvent } from "./jobs.js";

/** What a job in a process of its own has at hand. */
export interface JobContext {
  readonly store: SessionStore;
  /** Opens another store, or another handle. */
  open(opener: ProcessOpener, options?: StoreOptions): Promise<SessionStore>;
  /** Resolves once the parent's end of the pipe has it: from then on the kill of this process does not undo it. */
  tell(event: JobEvent): Promise<void>;
  readonly isStopped: () => boolean;
}

export type Job<Parameters, Result> = (context: JobContext, parameters: Parameters) => Promise<Result>;
