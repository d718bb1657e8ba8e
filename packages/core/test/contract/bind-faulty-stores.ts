import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { type Clause, clauses, runContract } from "../../src/contract.js";
import type { Fault } from "./fault.js";
import { fragileHarness } from "./fragile-harness.js";
import { cleanPrototypes } from "./update-faults.js";

/** The slowest clauses: together they take longer than all others. */
const SLOW: ReadonlySet<string> = new Set([
  "append.batch-atomic",
  "append.operation-id-remembered",
  "append.order",
  "append.replace-from",
  "backup.consistent",
  "calls.let-timers-run",
  "crash.torn-tail",
  "create.atomic",
  "delete.no-resurrection",
  "errors.coded",
  "id.generated",
  "id.hostile",
  "id.invalid",
  "id.long",
  "id.siblings",
  "id.stays-inside",
  "list.filters",
  "list.order",
  "list.pages",
  "list.unreadable-many",
  "lock.clock-steps",
  "lock.many-waiters",
  "lock.timeout",
  "messages.abandoned",
  "messages.batches",
  "messages.stable",
  "migrate.faithful",
  "migrate.interrupted",
  "namespace.hostile",
  "reads.racing-deletes",
  "restore.failed",
  "restore.many-entries",
  "value.fidelity",
  "value.head-limits",
  "value.large",
  "value.refused",
  "value.texts-in-head",
  "verify.quiet",
]);
const isFullMatrix = process.env["CONTRACT_MATRIX"] === "full";

/** A fault is tried on nearly the whole suite, on a machine that may be busy. In milliseconds. */
const TIMEOUT_MS = 120_000;

/** Of the quick clauses that a fault has nothing to do with, it is tried on every so many-th. */
const SHARES = 12;

/**
 * The clauses that a fault is tried on: those that it trips; of the rest the quick ones of the groups which it trips, and a share of the
 * other quick ones, each fault another share. For all of them, which takes minutes, the environment says CONTRACT_MATRIX=full.
 */
function clausesFor(fault: Fault, number: number): readonly Clause[] {
  const { among, trips, alsoTrips = [] } = fault;
  const groups = new Set(clauses.filter(({ id }) => trips.includes(id)).map(({ group }) => group));
  return clauses.filter(({ id, group, requires = [] }, index) => {
    if (trips.includes(id)) return true;
    if (among !== undefined && among !== group) return false;
    if (isFullMatrix) return true;
    if (SLOW.has(id) || requires.includes("multiProcess") || alsoTrips.includes(id)) return false;
    return groups.has(group) || index % SHARES === number % SHARES;
  });
}

/** One test a fault: the clauses that it is said to trip fail, and no other. */
export function bindFaultyStores(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    for (const [number, fault] of faults.entries()) {
      it(
        `a store that ${fault.name} fails ${fault.trips.join(", ")}`,
        async () => {
          const only = clausesFor(fault, number).map(({ id }) => id);
          const expected = only.filter((id) => [...fault.trips, ...(fault.alsoTrips ?? [])].includes(id));
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
          assert.deepEqual(failed, expected.toSorted(), report.failed.map(({ reason }) => reason).join("\n"));
        },
        TIMEOUT_MS,
      );
    }
  });
}
