import type { Command } from "./family.js";
import { audit } from "./jobs/audit.js";
import { backUp } from "./jobs/back-up.js";
import { churn } from "./jobs/churn.js";
import { countUnderLock } from "./jobs/count-under-lock.js";
import { editByHand } from "./jobs/edit-by-hand.js";
import { holdLock } from "./jobs/hold-lock.js";
import { migrateTo } from "./jobs/migrate-to.js";
import { readOn } from "./jobs/read-on.js";
import { writeFamily } from "./jobs/write-family.js";
import { writeShared } from "./jobs/write-shared.js";

/** Everything that a process can be told to do. */
export const jobs: {
  readonly audit: typeof audit;
  readonly backUp: typeof backUp;
  readonly churn: typeof churn;
  readonly countUnderLock: typeof countUnderLock;
  readonly editByHand: typeof editByHand;
  readonly holdLock: typeof holdLock;
  readonly migrateTo: typeof migrateTo;
  readonly readOn: typeof readOn;
  readonly writeFamily: typeof writeFamily;
  readonly writeShared: typeof writeShared;
} = {
  audit,
  backUp,
  churn,
  countUnderLock,
  editByHand,
  holdLock,
  migrateTo,
  readOn,
  writeFamily,
  writeShared,
};

export type JobName = keyof typeof jobs;
export type JobParameters<Name extends JobName> = Parameters<(typeof jobs)[Name]>[1];
export type JobResult<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]>>;

/** What a process says while it works. */
export type JobEvent =
  /** It is about to do this; the kill may come before, during or after. */
  | { readonly intent: Intent }
  /** What was intended last is acknowledged by the store. */
  | { readonly acknowledged: true }
  /** It holds the lock. */
  | { readonly held: true }
  /** One more session is migrated. */
  | { readonly migrated: string };

export type Intent =
  | { readonly family: Command }
  /** The append of the writer's next number to a session that all write to. */
  | { readonly shared: { readonly session: string; readonly number: number } };
