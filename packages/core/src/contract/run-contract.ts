import { checkHarnessShape } from "./check-harness-shape.js";
import type { Clause, Requirement } from "./clause.js";
import { clauses } from "./clauses.js";
import { type ContractHarness, isImpossible } from "./contract-harness.js";
import { DEFAULT_ROUNDS, type RunClauseOptions, runClause } from "./run-clause.js";

export interface RunContractOptions {
  /** Ids of clauses, or names of groups. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** How long one clause may take before it counts as hanging, in milliseconds. @default 60000 */
  readonly clauseTimeoutMs?: number | undefined;
  /**
   * How often each of the clauses that kill writers or let processes race tries to catch the store out: so many writers are killed, at
   * moments of chance. The default suits an ordinary test run, 50 and more a long one; such a run needs a `clauseTimeoutMs` to match,
   * about 1,000 ms a round.
   *
   * @default 8
   */
  readonly rounds?: number | undefined;
  /** Ends the run: the clause under way is cleared up after, and the run rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each clause. */
  readonly onResult?: ((result: ClauseResult) => void) | undefined;
}

/** How one clause ended. A known gap that fails is "gap"; one that passes is "failed". */
export interface ClauseResult {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly outcome: "passed" | "failed" | "not applicable" | "gap";
  /** Why it failed, does not apply or is a known gap; "" when it passed. */
  readonly reason: string;
  /** What was thrown, for a failed clause and a known gap. */
  readonly error?: unknown;
}

export interface ContractReport {
  /** The harness's name. */
  readonly harness: string;
  /** Nothing failed. */
  readonly ok: boolean;
  readonly passed: readonly ClauseResult[];
  readonly failed: readonly ClauseResult[];
  readonly notApplicable: readonly ClauseResult[];
  readonly knownGaps: readonly ClauseResult[];
}

/**
 * Runs the contract against a store, clause by clause, without any test runner.
 *
 * @throws {TypeError} when `only` or the harness's `knownGaps` name a clause that there is not, when the harness lacks something, or
 * `rounds` is no whole number from 1
 * @throws the signal's reason, unchanged, when it aborts
 */
export async function runContract<Place>(
  harness: ContractHarness<Place>,
  options: RunContractOptions = {},
): Promise<ContractReport> {
  const selected = selectClauses(options.only);
  checkHarness(harness);
  const { signal, clauseTimeoutMs: timeoutMs, rounds = DEFAULT_ROUNDS } = options;
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new TypeError(`rounds: ${String(rounds)} is no whole number from 1`);
  const results: ClauseResult[] = [];
  for (const clause of selected) {
    signal?.throwIfAborted();
    const result = await resultOf(harness, clause, { timeoutMs, rounds, signal });
    signal?.throwIfAborted();
    results.push(result);
    options.onResult?.(result);
  }
  const having = (outcome: ClauseResult["outcome"]): ClauseResult[] =>
    results.filter((result) => result.outcome === outcome);
  const failed = having("failed");
  return {
    harness: harness.name,
    ok: failed.length === 0,
    passed: having("passed"),
    failed,
    notApplicable: having("not applicable"),
    knownGaps: having("gap"),
  };
}

/** Why the clause does not apply to the harness, as the harness declares; null when it does. */
export function whyNotApplicable<Place>(harness: ContractHarness<Place>, clause: Clause): string | null {
  for (const requirement of clause.requires ?? []) {
    const reason = whyUnmet(harness, requirement);
    if (reason !== null) return reason;
  }
  return null;
}

function whyUnmet<Place>(harness: ContractHarness<Place>, requirement: Requirement): string | null {
  if (requirement === "multiProcess")
    return typeof harness.openInProcess === "function" ? null : harness.openInProcess.impossible;
  const hook = harness.hooks[requirement];
  return isImpossible(hook) ? `${requirement}: ${hook.impossible}` : null;
}

/**
 * Checks what a type checker would have, for harnesses in JavaScript, and what none can: the ids in `knownGaps`.
 *
 * @throws {TypeError} that names the first thing which is missing or wrong, and what belongs there
 */
export function checkHarness(value: unknown): asserts value is ContractHarness {
  checkHarnessShape(value);
  checkKnownGaps(value);
}

/** @throws {TypeError} when a gap names no clause, or one that does not apply: it would never be seen closing */
function checkKnownGaps<Place>(harness: ContractHarness<Place>): void {
  for (const id of Object.keys(harness.knownGaps ?? {})) {
    const clause = clauses.find((candidate) => candidate.id === id);
    if (clause === undefined) throw new TypeError(`knownGaps of ${harness.name}: there is no clause ${id}`);
    const reason = whyNotApplicable(harness, clause);
    if (reason !== null)
      throw new TypeError(`knownGaps of ${harness.name}: ${id} does not apply (${reason})`);
  }
}

async function resultOf<Place>(
  harness: ContractHarness<Place>,
  clause: Clause,
  options: RunClauseOptions,
): Promise<ClauseResult> {
  const { id, group, title } = clause;
  const notApplicable = whyNotApplicable(harness, clause);
  if (notApplicable !== null) return { id, group, title, outcome: "not applicable", reason: notApplicable };
  const gap = harness.knownGaps?.[id];
  try {
    await runClause(harness, clause, options);
  } catch (error) {
    if (gap !== undefined) return { id, group, title, outcome: "gap", reason: gap, error };
    return {
      id,
      group,
      title,
      outcome: "failed",
      reason: error instanceof Error ? error.message : String(error),
      error,
    };
  }
  if (gap === undefined) return { id, group, title, outcome: "passed", reason: "" };
  return { id, group, title, outcome: "failed", reason: closedGap(id, gap) };
}

/** What is said when a known gap passes. */
export function closedGap(id: string, reason: string): string {
  return `[${id}] is listed in knownGaps ("${reason}") and passes now: take it off the list`;
}

function selectClauses(only: readonly string[] | undefined): readonly Clause[] {
  if (only === undefined) return clauses;
  for (const name of only) {
    if (!clauses.some(({ id, group }) => id === name || group === name)) {
      throw new TypeError(`only: there is no clause and no group ${JSON.stringify(name)}`);
    }
  }
  return clauses.filter(({ id, group }) => only.includes(id) || only.includes(group));
}
