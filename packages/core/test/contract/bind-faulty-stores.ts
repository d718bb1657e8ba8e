import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { type Clause, clauses, runContract } from "../../src/contract.js";
import type { Fault } from "./fault.js";
import { fragileHarness } from "./fragile-harness.js";
import { cleanPrototypes } from "./update-faults.js";

/**
 * The slowest clauses, and those that open processes, take longer than all others together. A fault that is not said to trip them is
 * tried on them only in the full matrix, for which the environment says CONTRACT_MATRIX=full.
 */
const SLOW: ReadonlySet<string> = new Set([
  "append.order",
  "backup.consistent",
  "calls.let-timers-run",
  "crash.torn-tail",
  "delete.no-resurrection",
  "errors.coded",
  "id.hostile",
  "id.siblings",
  "id.stays-inside",
  "list.pages",
  "lock.clock-steps",
  "lock.timeout",
  "messages.stable",
  "migrate.faithful",
  "migrate.interrupted",
  "namespace.hostile",
  "reads.racing-deletes",
  "restore.many-entries",
  "value.fidelity",
  "value.large",
  "value.refused",
  "value.texts-in-head",
  "verify.quiet",
]);
const isFullMatrix = process.env["CONTRACT_MATRIX"] === "full";

/** A fault is tried on nearly the whole suite, on a machine that may be busy. In milliseconds. */
const TIMEOUT_MS = 120_000;

/** Whether a fault is tried on a clause in this run. */
function isTried({ among, trips }: Fault, { id, group, requires = [] }: Clause): boolean {
  if (trips.includes(id)) return true;
  if (among !== undefined && among !== group) return false;
  return isFullMatrix || !(SLOW.has(id) || requires.includes("multiProcess"));
}

/** One test a fault: the clauses that it is said to trip fail, and no other. */
export function bindFaultyStores(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    for (const fault of faults) {
      it(
        `a store that ${fault.name} fails ${fault.trips.join(", ")}`,
        async () => {
          const only = clauses.filter((clause) => isTried(fault, clause)).map(({ id }) => id);
          const harness = fragileHarness(fault.name, fault.open, fault.openInProcess);
          // What one clause has left on a prototype must not trip the next one.
          const report = await runContract(harness, {
            only,
            clauseTimeoutMs: fault.hangs === true ? 2000 : 20_000,
            onResult: cleanPrototypes,
          });
          for (const { id, title, reason } of report.failed) {
            assert.ok(reason.startsWith(`[${id}] ${title}\n`), reason);
            assert.match(
              reason,
              /\S.*\n {4}expected: \S.*\n(.*\n)*? {4}came: +\S/,
              "says what was expected and what came instead",
            );
          }
          const failed = report.failed.map(({ id }) => id).toSorted();
          assert.deepEqual(
            failed,
            fault.trips.toSorted(),
            report.failed.map(({ reason }) => reason).join("\n"),
          );
        },
        TIMEOUT_MS,
      );
    }
  });
}
