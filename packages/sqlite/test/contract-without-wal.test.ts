import { formatReport, runContract } from "@agent-sessions/core/contract";
import { expect, it } from "vitest";
import { sqliteHarness } from "./sqlite-harness.js";

/** What depends on how the journal is written, and on what there is to search in. */
const GROUPS = [
  "append",
  "list",
  "search",
  "locks",
  "reads during writes",
  "crashes and faults",
  "processes",
];

it("keeps the contract without WAL and without a search index, too", async () => {
  const harness = sqliteHarness("sqlite without WAL", { journalMode: "delete", search: false });
  const report = await runContract(harness, { only: GROUPS });
  expect(report.ok, formatReport(report)).toBe(true);
}, 240_000);
