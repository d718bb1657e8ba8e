import { bindContract, formatReport, runContract } from "@agent-sessions/core/contract";
import { describe, expect, it, test } from "vitest";
import { postgresHarness } from "./postgres-harness.js";

bindContract(postgresHarness("postgres"), { describe, it });

test("search() gives the same answers without an index", async () => {
  const harness = postgresHarness("postgres without a search index", { search: false });
  const report = await runContract(harness, { only: ["search"] });
  expect(report.ok, formatReport(report)).toBe(true);
});

test("stores that each have a pool of their own open and close in the same way", async () => {
  const harness = postgresHarness("postgres with pools of its own", {}, "own pool");
  const report = await runContract(harness, { only: ["opening"] });
  expect(report.ok, formatReport(report)).toBe(true);
});
