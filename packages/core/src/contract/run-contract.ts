import { AssertionError } from "node:assert/strict";
import { SessionStoreError } from "../session-store-error.js";
import type { Clause, Requirement } from "./clause.js";
import { createClauseScene } from "./clause-context.js";
import { clauses } from "./clauses.js";
import { type ContractHarness, isImpossible } from "./contract-harness.js";

export interface RunContractOptions {
  /** Ids of clauses, or names of groups. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** How long one clause may take before it counts as hanging, in milliseconds. @default 60000 */
  readonly clauseTimeoutMs?: number | undefined;
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

/** A clause that takes longer than this hangs. In milliseconds; the slowest need a few seconds on a slow disk. */
export const CLAUSE_TIMEOUT_MS = 60_000;

/**
 * Runs the contract against a store, clause by clause, without any test runner.
 *
 * @throws {TypeError} when `only` or the harness's `knownGaps` name a clause that there is not
 */
export async function runContract<Place>(
  harness: ContractHarness<Place>,
  options: RunContractOptions = {},
): Promise<ContractReport> {
  const selected = selectClauses(options.only);
  checkKnownGaps(harness);
  const results: ClauseResult[] = [];
  for (const clause of selected) {
    const result = await resultOf(harness, clause, options.clauseTimeoutMs ?? CLAUSE_TIMEOUT_MS);
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

/** Runs one clause on a fresh place. Rejects with what went wrong, and its id in front. */
export async function runClause<Place>(
  harness: ContractHarness<Place>,
  clause: Clause,
  timeoutMs: number = CLAUSE_TIMEOUT_MS,
): Promise<void> {
  const scene = await createClauseScene(harness);
  let failure: { readonly error: unknown } | null = null;
  try {
    await withDeadline(clause.run(scene.context), timeoutMs);
  } catch (error) {
    failure = { error };
  }
  // What clearing up throws is of interest only when the clause itself went well.
  const clearing = await settleWithin(scene.clear(), timeoutMs);
  failure ??= clearing;
  if (failure !== null) throw nameClause(clause, failure.error);
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
  switch (requirement) {
    case "multiProcess":
      if (typeof harness.openInProcess === "function") return null;
      return harness.openInProcess.impossible;
    case "durable":
    case "readOnlyMedia":
      return harness.capabilities[requirement] ? null : `the store declares ${requirement}: false`;
    default: {
      const hook = harness.hooks[requirement];
      return isImpossible(hook) ? `${requirement}: ${hook.impossible}` : null;
    }
  }
}

/** @throws {TypeError} when a gap names no clause, or one that does not apply: it would never be seen closing */
export function checkKnownGaps<Place>(harness: ContractHarness<Place>): void {
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
  timeoutMs: number,
): Promise<ClauseResult> {
  const { id, group, title } = clause;
  const notApplicable = whyNotApplicable(harness, clause);
  if (notApplicable !== null) return { id, group, title, outcome: "not applicable", reason: notApplicable };
  const gap = harness.knownGaps?.[id];
  try {
    await runClause(harness, clause, timeoutMs);
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

class ClauseTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`hangs\n    expected: an end within ${timeoutMs} ms\n    came:     none`);
  }
}

async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ClauseTimeout(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

async function settleWithin(
  work: Promise<unknown>,
  timeoutMs: number,
): Promise<{ readonly error: unknown } | null> {
  try {
    await withDeadline(work, timeoutMs);
    return null;
  } catch (error) {
    return { error };
  }
}

function nameClause(clause: Clause, error: unknown): Error {
  const named = error instanceof Error ? error : new Error(String(error), { cause: error });
  const isSaid = named instanceof AssertionError || named instanceof ClauseTimeout;
  const code = SessionStoreError.is(named) ? `${named.code}: ` : "";
  const said = isSaid
    ? named.message
    : `a call rejected that must not\n    came:     ${code}${named.message}`;
  const text = `[${clause.id}] ${clause.title}\n  ${said}`;
  // The same error object, so that runners still show its stack, its diff and its cause.
  Object.defineProperty(named, "message", { value: text, configurable: true, writable: true });
  return named;
}
