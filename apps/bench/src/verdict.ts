import type { Samples } from "./measure-sides.js";
import type { BudgetRow } from "./row.js";
import { groupOf } from "./row.js";
import { estimateRatio, type RatioEstimate, type Summary, summarize } from "./statistics.js";

/**
 * `met`: within the budget. `close`: beyond it by less than the tolerance. `missed`: beyond both.
 */
export type Verdict = "met" | "close" | "missed";

/** What came out of a row; as it stands in the JSON of a run. */
export interface RowResult {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly ours: string;
  readonly limit: string | null;
  readonly floor?: string;
  readonly unit: string;
  readonly budget: number;
  readonly tolerance: number;
  readonly oursSummary: Summary;
  /** Of the limit, or of the floor. */
  readonly limitSummary: Summary | null;
  /** Null when the budget is a figure. */
  readonly estimate: RatioEstimate | null;
  /** What is held against the budget. */
  readonly value: number;
  readonly verdict: Verdict;
}

export function toResult(row: BudgetRow, samples: Samples): RowResult {
  const estimate = row.limit === null ? null : estimateRatio(samples.ours, samples.limit);
  const oursSummary = summarize(samples.ours);
  const value = estimate?.ratio ?? oursSummary.median;
  return {
    id: row.id,
    group: groupOf(row),
    title: row.title,
    ours: row.ours,
    limit: row.limit,
    ...(row.floor === undefined ? {} : { floor: row.floor }),
    unit: row.unit,
    budget: row.budget,
    tolerance: row.tolerance,
    oursSummary,
    limitSummary: row.limit === null && row.floor === undefined ? null : summarize(samples.limit),
    estimate,
    value,
    verdict: judge(value, row),
  };
}

/** @internal For its test. */
export function judge(
  value: number,
  { budget, tolerance }: Pick<BudgetRow, "budget" | "tolerance">,
): Verdict {
  if (value <= budget) return "met";
  return value <= budget * (1 + tolerance) ? "close" : "missed";
}
