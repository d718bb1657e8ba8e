import { expect, test } from "vitest";
import { countResults } from "../count-results.mjs";

/** @param {readonly string[]} statuses */
const tests = (...statuses) => statuses.map((status) => ({ status }));

test("countResults() adds up the tests of all files and leaves skipped ones out", () => {
  const report = {
    success: false,
    testResults: [
      { status: "passed", assertionResults: tests("passed", "passed", "skipped") },
      { status: "failed", assertionResults: tests("passed", "failed") },
    ],
  };
  expect(countResults(report)).toEqual({ passed: 3, failed: 1 });
});

test("countResults() counts a file that could not be loaded as one failure", () => {
  const report = {
    success: false,
    testResults: [
      { status: "passed", assertionResults: tests("passed") },
      { status: "failed", assertionResults: [] },
    ],
  };
  expect(countResults(report)).toEqual({ passed: 1, failed: 1 });
});

test("countResults() counts a run that failed outside every file as one failure", () => {
  const report = { success: false, testResults: [{ status: "passed", assertionResults: tests("passed") }] };
  expect(countResults(report)).toEqual({ passed: 1, failed: 1 });
});

test("countResults() counts a missing report as one failure", () => {
  expect(countResults(undefined)).toEqual({ passed: 0, failed: 1 });
});
