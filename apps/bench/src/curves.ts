import type { Curve, CurvePlan } from "./curve.js";
import { appendByLength } from "./curves/append-by-length.js";
import { listBySessions, searchBySessions } from "./curves/by-sessions.js";
import { appendsByWriters, appendsToOneSession } from "./curves/by-writers.js";
import type { RowContext } from "./row.js";

/** How the costs grow. */
export const CURVES: readonly CurvePlan[] = [
  appendByLength,
  listBySessions,
  searchBySessions,
  appendsByWriters,
  appendsToOneSession,
];

export async function measureCurve(plan: CurvePlan, context: RowContext): Promise<Curve> {
  await context.stores.build(plan.needs(context.scale));
  const { id, title, promise, xLabel, yLabel, unit, xIsScaled } = plan;
  return { id, title, promise, xLabel, yLabel, unit, xIsScaled, series: await plan.measure(context) };
}
