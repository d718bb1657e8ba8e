import { seededRandom } from "./seeded-random.js";

/** What is said of a series of measurements, in the unit that they were taken in. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** The 10th percentile: near to what a machine with nothing else to do would show. */
  readonly p10: number;
  readonly p95: number;
  /** Median absolute deviation from the median: half of the measurements lie no further from it. */
  readonly spread: number;
}

/** A ratio of two medians, and the bounds that it stays within in 95 of 100 resamplings. */
export interface RatioEstimate {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLINGS = 1000;
const SEED = 20_261_121;

/** @throws {RangeError} for an empty series */
export function summarize(samples: readonly number[]): Summary {
  const middle = median(samples);
  return {
    count: samples.length,
    median: middle,
    p10: quantile(samples, 0.1),
    p95: quantile(samples, 0.95),
    spread: median(samples.map((sample) => Math.abs(sample - middle))),
  };
}

/** @throws {RangeError} for an empty series */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/**
 * The value below which the given part of the samples lies, interpolated between the two nearest.
 *
 * @see https://doi.org/10.2307/2684934 Hyndman and Fan, definition 7
 * @throws {RangeError} for an empty series
 */
export function quantile(samples: readonly number[], part: number): number {
  return quantileOfSorted(Float64Array.from(samples).sort(), part);
}

/**
 * The ratio of the medians of two series that were taken in turns, with a percentile bootstrap over the turns: what disturbed
 * the machine for a moment hit both sides of a turn.
 *
 * @throws {RangeError} for empty series, or series of different lengths
 */
export function estimateRatio(ours: readonly number[], limit: readonly number[]): RatioEstimate {
  if (ours.length !== limit.length) throw new RangeError("Both sides need as many samples.");
  const random = seededRandom(SEED);
  const ratios = new Float64Array(RESAMPLINGS);
  const [someOurs, someLimit] = [new Float64Array(ours.length), new Float64Array(ours.length)];
  for (let round = 0; round < RESAMPLINGS; round++) {
    for (let index = 0; index < ours.length; index++) {
      const turn = Math.floor(random() * ours.length);
      someOurs[index] = ours[turn] ?? Number.NaN;
      someLimit[index] = limit[turn] ?? Number.NaN;
    }
    ratios[round] = quantileOfSorted(someOurs.sort(), 0.5) / quantileOfSorted(someLimit.sort(), 0.5);
  }
  ratios.sort();
  return {
    ratio: median(ours) / median(limit),
    low: quantileOfSorted(ratios, 0.025),
    high: quantileOfSorted(ratios, 0.975),
  };
}

function quantileOfSorted(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) throw new RangeError("There is nothing to summarize.");
  const position = (sorted.length - 1) * part;
  const lower = sorted[Math.floor(position)] ?? Number.NaN;
  const upper = sorted[Math.ceil(position)] ?? Number.NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}
