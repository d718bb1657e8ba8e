import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeReport } from "../src/report/write-report.js";
import { sampleMeasurement, sampleResults } from "./sample-results.js";

let docs = "";

beforeEach(() => {
  docs = mkdtempSync(path.join(tmpdir(), "agent-sessions-report-"));
});

afterEach(() => rmSync(docs, { recursive: true, force: true }));

test("a report of some parts leaves the others as they were", () => {
  writeReport(docs, sampleResults);
  const later = { ...sampleMeasurement, measuredAt: "2026-02-01T12:00:00.000Z" };
  const [table] = sampleResults.tables;
  if (table === undefined) throw new Error("the sample has a table");
  const anew = [{ ...table, title: "Space, measured anew" }];
  writeReport(docs, { measured: { tables: later }, budget: [], curves: [], tables: anew, peers: [] });
  expect(JSON.parse(readFileSync(path.join(docs, "benchmarks", "results.json"), "utf8"))).toEqual({
    ...sampleResults,
    measured: { ...sampleResults.measured, tables: later },
    tables: anew,
  });
});
