import { concurrentWriters } from "../concurrent-writers.js";
import type { CurvePlan, CurvePoint, CurveSeries } from "../curve.js";
import { BACKENDS, type Backend } from "../open-backend.js";
import type { RowContext } from "../row.js";

const WRITERS = [1, 2, 4, 8, 16];
const MILLISECONDS = { full: 1000, quick: 250 };

export const appendsByWriters: CurvePlan = {
  id: "appends-by-writers",
  title: "Appends of all writers together, each to its own session",
  promise:
    "files rise until the disk is busy; SQLite writes one at a time, and all of its writers get their share: what that costs, against writing by hand, is in a table below",
  xLabel: "processes that write at once",
  yLabel: "durable appends in a second",
  unit: "/s",
  xIsScaled: false,
  needs: () => [],
  measure: async (context) => await perBackend(context, false),
};

export const appendsToOneSession: CurvePlan = {
  id: "appends-to-one-session",
  title: "Appends of all writers together, all to one session",
  promise: "writers wait for one another, and lose nothing",
  xLabel: "processes that write at once",
  yLabel: "durable appends in a second",
  unit: "/s",
  xIsScaled: false,
  needs: () => [],
  measure: async (context) => await perBackend(context, true),
};

async function perBackend(context: RowContext, share: boolean): Promise<CurveSeries[]> {
  const series: CurveSeries[] = [];
  for (const backend of BACKENDS)
    series.push({ name: backend, points: await measure(context, backend, share) });
  return series;
}

async function measure(
  { scratch, scale }: RowContext,
  backend: Backend,
  share: boolean,
): Promise<CurvePoint[]> {
  const points: CurvePoint[] = [];
  const milliseconds = scale === 1 ? MILLISECONDS.full : MILLISECONDS.quick;
  for (const writers of WRITERS) {
    const options = { backend, durability: "durable", writers, share, milliseconds } as const;
    const answers = await concurrentWriters(scratch, options);
    const appends = answers.reduce((sum, answer) => sum + answer.appends, 0);
    points.push({ x: writers, y: appends / (milliseconds / 1000) });
  }
  return points;
}
