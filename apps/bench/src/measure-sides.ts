import { collectGarbage } from "./collect-garbage.js";
import type { Measure, Sides } from "./row.js";

export interface Samples {
  readonly ours: number[];
  /** Empty when there is no other side. */
  readonly limit: number[];
}

export interface MeasureOptions {
  readonly turns: number;
  readonly warmUp: number;
  readonly collectsGarbage: boolean;
  /** After it no further turn is begun, once there are three; in milliseconds. */
  readonly timeLimitMs: number;
}

const FEWEST_TURNS = 3;

/**
 * Measures both sides in turns, so that whatever else the machine does falls on both, and changes which goes first with each turn,
 * so that neither always finds the caches as the other left them.
 */
export async function measureSides(sides: Sides, options: MeasureOptions): Promise<Samples> {
  const samples: Samples = { ours: [], limit: [] };
  const endsAt = performance.now() + options.timeLimitMs;
  for (let turn = -options.warmUp; turn < options.turns; turn++) {
    if (turn >= FEWEST_TURNS && performance.now() > endsAt) break;
    const order = turn % 2 === 0 ? (["ours", "limit"] as const) : (["limit", "ours"] as const);
    for (const side of order) {
      const measure: Measure | null = sides[side];
      if (measure === null) continue;
      if (options.collectsGarbage) collectGarbage();
      const sample = await measure();
      if (turn >= 0) samples[side].push(sample);
    }
  }
  return samples;
}

/** How long one call takes, in milliseconds. */
export async function timed(body: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await body();
  return performance.now() - startedAt;
}

/** How long one of `count` calls in a row takes, in milliseconds: for those that take microseconds. */
export async function timedEach(count: number, body: () => unknown): Promise<number> {
  const startedAt = performance.now();
  for (let done = 0; done < count; done++) await body();
  return (performance.now() - startedAt) / count;
}

/** As `timedEach`, for calls that are done when they return: awaiting them would cost as much as some of them do. */
export function timedEachSync(count: number, body: () => void): number {
  const startedAt = performance.now();
  for (let done = 0; done < count; done++) body();
  return (performance.now() - startedAt) / count;
}
