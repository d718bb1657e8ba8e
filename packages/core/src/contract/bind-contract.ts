import type { Clause } from "./clause.js";
import { clauses } from "./clauses.js";
import type { ContractHarness } from "./contract-harness.js";
import { CLAUSE_TIMEOUT_MS, runClause } from "./run-clause.js";
import { checkHarness, closedGap, whyNotApplicable } from "./run-contract.js";

/** What vitest, `node:test` and bun have in common. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: RunnerTest & { readonly skip: RunnerTest };
}

type RunnerTest = (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;

/**
 * Makes one test of each clause, in one `describe` for each group. Clauses that do not apply are skipped with the declared reason in
 * their name; known gaps are expected to fail.
 *
 * @example
 * ```ts
 * import { describe, it } from "vitest"; // or from "node:test"
 * bindContract(harness, { describe, it });
 * ```
 * @throws {TypeError} when the harness lacks something, or its `knownGaps` name a clause that there is not
 */
export function bindContract<Place>(harness: ContractHarness<Place>, runner: TestRunner): void {
  checkHarness(harness);
  const groups = new Set(clauses.map((clause) => clause.group));
  for (const group of groups) {
    runner.describe(`${harness.name}: ${group}`, () => {
      for (const clause of clauses) if (clause.group === group) bindClause(harness, clause, runner.it);
    });
  }
}

function bindClause<Place>(harness: ContractHarness<Place>, clause: Clause, it: TestRunner["it"]): void {
  const name = `[${clause.id}] ${clause.title}`;
  const notApplicable = whyNotApplicable(harness, clause);
  if (notApplicable !== null) {
    it.skip(`${name} (not applicable: ${notApplicable})`, async () => undefined);
    return;
  }
  const gap = harness.knownGaps?.[clause.id];
  if (gap === undefined) {
    it(name, () => runClause(harness, clause), RUNNER_TIMEOUT_MS);
    return;
  }
  it(
    `${name} (known gap: ${gap})`,
    async () => {
      if (await passes(harness, clause)) throw new Error(closedGap(clause.id, gap));
    },
    RUNNER_TIMEOUT_MS,
  );
}

async function passes<Place>(harness: ContractHarness<Place>, clause: Clause): Promise<boolean> {
  try {
    await runClause(harness, clause);
    return true;
  } catch {
    return false;
  }
}

/** Later than the suite's own deadlines, whose message says more. `node:test` takes no such argument and has no limit. */
const RUNNER_TIMEOUT_MS = 2 * CLAUSE_TIMEOUT_MS + 10_000;
