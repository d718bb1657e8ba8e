import type { SessionStore, StoreCapabilities } from "../session-store.js";
import type { StoreOptions } from "../store-options.js";
import type { ChildStore } from "./child-store.js";
import type { FaultHookName, FaultHooks, Undo } from "./contract-harness.js";

/** What a clause needs beyond an open store: a hook, or that other processes can share the data. */
export type Requirement = FaultHookName | "multiProcess";

/** A hook with its place filled in. */
export type BoundHook<Name extends FaultHookName> = FaultHooks<unknown>[Name] extends (
  place: unknown,
  ...rest: infer Rest
) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** What a clause works with: a fresh, empty place, and handles on it that are closed afterwards. */
export interface ClauseContext {
  readonly capabilities: StoreCapabilities;
  /** How often a clause that looks for a race or a crash tries; see `RunContractOptions.rounds`. */
  readonly rounds: number;
  /** Opens a handle on this clause's data; each call gives another one. */
  open(options?: StoreOptions): Promise<SessionStore>;
  /** Closes every handle that the clause has opened: what one opened afterwards shows was kept by the place, and by no connection. */
  closeAll(): Promise<void>;
  /** Opens another place, as `backupTarget` returned it. */
  openAt(place: unknown, options?: StoreOptions): Promise<SessionStore>;
  /**
   * A hook that the clause `requires`, for its own place or the one that `backupTarget` returned. What it returns as an undo is called
   * after the clause in any case.
   */
  hook<Name extends FaultHookName>(name: Name, at?: unknown): BoundHook<Name>;
  /** Whether the harness has this hook; for clauses that hold a store to something else where there is none. */
  hasHook(name: FaultHookName): boolean;
  /** Has something done after the clause, however it ends: what would otherwise hold up closing the stores. */
  defer(cleanup: Undo): void;
  /** A store in a child process or a worker thread, on the same data; for clauses that require `multiProcess`. */
  openElsewhere(where: "process" | "worker", options?: ElsewhereOptions): Promise<ChildStore>;
}

/** The store options that can cross a process boundary, and how much memory there is on the other side. */
export interface ElsewhereOptions {
  readonly namespace?: string;
  readonly lockTimeoutMs?: number;
  /** The most that the JavaScript heap of a worker may grow to, in MiB: beyond it the thread ends. Default: Node's own limit. */
  readonly maxHeapMib?: number;
}

/** One rule that every backend keeps. */
export interface Clause {
  /** Stable: `group.name` in kebab case. */
  readonly id: string;
  readonly group: string;
  /** One sentence in the present tense. */
  readonly title: string;
  readonly requires?: readonly Requirement[];
  /** Rejects with an AssertionError that says what was expected and what came instead. */
  run(context: ClauseContext): Promise<void>;
}

/** The clauses of one group, each stamped with the group's name. */
export function clauseGroup(group: string, clauses: readonly Omit<Clause, "group">[]): readonly Clause[] {
  return clauses.map((clause) => ({ ...clause, group }));
}
