import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { clauses, runContract } from "../../src/contract.js";
import type { Fault } from "./fault.js";
import { fragileHarness } from "./fragile-harness.js";
import { cleanPrototypes } from "./update-faults.js";

/**
 * The slowest clauses take as long as all others together. A fault that is not said to trip them is tried on them only in the full
 * matrix (CONTRACT_MATRIX=full), which `npm run soak` runs.
 */
const SLOW: ReadonlySet<string> = new Set([
  "append.order",
  "backup.consistent",
  "crash.torn-tail",
  "delete.no-resurrection",
  "errors.coded",
  "id.hostile",
  "id.siblings",
  "id.stays-inside",
  "list.pages",
  "lock.timeout",
  "messages.stable",
  "migrate.faithful",
  "migrate.interrupted",
  "namespace.hostile",
  "restore.many-entries",
  "value.fidelity",
  "value.large",
  "value.refused",
  "value.texts-in-head",
]);
const isFullMatrix = process.env["CONTRACT_MATRIX"] === "full";

/** One test a fault: the clauses that it is said to trip fail, and no other. */
export function bindFaultyStores(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    for (const fault of faults) {
      it(`a store that ${fault.name} fails ${fault.trips.join(", ")}`, async () => {
        const ids = clauses.map(({ id }) => id);
        const only = ids.filter((id) => isFullMatrix || !SLOW.has(id) || fault.trips.includes(id));
        const harness = fragileHarness(fault.name, fault.open, fault.openInProcess);
        // What one clause has left on a prototype must not trip the next one.
        const report = await runContract(harness, { only, clauseTimeoutMs: 2000, onResult: cleanPrototypes });
        const failed = report.failed.map(({ id }) => id).toSorted();
        assert.deepEqual(
          failed,
          fault.trips.toSorted(),
          report.failed.map(({ reason }) => reason).join("\n"),
        );
      });
    }
  });
}
