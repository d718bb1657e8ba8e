import { describe, expect, test } from "vitest";
import { resultLine } from "../src/print-results.js";
import type { BudgetRow } from "../src/row.js";
import { judge, toResult } from "../src/verdict.js";

describe("judge()", () => {
  test.each([
    { value: 1.4, verdict: "met" },
    { value: 1.41, verdict: "close" },
    { value: 1.53, verdict: "close" },
    { value: 1.55, verdict: "missed" },
  ])("finds $value of a budget of 1.4 with a tolerance of a tenth $verdict", ({ value, verdict }) => {
    expect(judge(value, { budget: 1.4, tolerance: 0.1 })).toBe(verdict);
  });

  test("leaves nothing between met and missed without a tolerance", () => {
    expect(judge(15, { budget: 15, tolerance: 0 })).toBe("met");
    expect(judge(15.001, { budget: 15, tolerance: 0 })).toBe("missed");
  });

  test("finds what is no number missed", () => {
    expect(judge(Number.NaN, { budget: 1, tolerance: 0.1 })).toBe("missed");
  });
});

const row: BudgetRow = {
  id: "json/example",
  title: "an example",
  ours: "ours",
  limit: "the limit",
  budget: 2,
  unit: "ms",
  tolerance: 0.1,
  turns: 3,
  warmUp: 0,
  prepare: () => Promise.reject(new Error("nobody measures this")),
};

test("toResult() holds a ratio of medians against the budget where there is a limit", () => {
  const result = toResult(row, { ours: [30, 10, 20], limit: [10, 10, 10] });
  expect(result).toMatchObject({ group: "json", value: 2, verdict: "met", estimate: { ratio: 2 } });
});

test("toResult() holds the median itself against the budget where there is none", () => {
  const result = toResult({ ...row, limit: null }, { ours: [3, 1, 9], limit: [] });
  expect(result).toMatchObject({ value: 3, verdict: "missed", estimate: null, limitSummary: null });
});

test("toResult() judges a figure by itself, whatever the floor beside it came to", () => {
  const result = toResult({ ...row, limit: null, floor: "the floor" }, { ours: [3, 1, 9], limit: [2, 2, 2] });
  expect(result).toMatchObject({ value: 3, verdict: "missed", estimate: null, limitSummary: { median: 2 } });
  expect(resultLine(result)).toContain("floor 2 ms");
});
