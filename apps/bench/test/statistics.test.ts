import { describe, expect, test } from "vitest";
import { estimateRatio, median, quantile, summarize } from "../src/statistics.js";

describe("quantile()", () => {
  test("interpolates between the two nearest samples, in whatever order they came", () => {
    expect(quantile([40, 10, 30, 20], 0.5)).toBe(25);
    expect(quantile([40, 10, 30, 20], 0.95)).toBeCloseTo(38.5);
    expect(quantile([40, 10, 30, 20], 0)).toBe(10);
    expect(quantile([40, 10, 30, 20], 1)).toBe(40);
  });

  test("sorts by number and not by text, and leaves the samples as they were", () => {
    const samples = [100, 9, 20];
    expect(median(samples)).toBe(20);
    expect(samples).toEqual([100, 9, 20]);
  });

  test("refuses an empty series", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

test("summarize() gives the middle, the ends, and a spread that one outlier does not move", () => {
  const calm = summarize([10, 11, 12, 13, 14]);
  expect(calm).toMatchObject({ count: 5, median: 12, spread: 1 });
  expect(summarize([10, 11, 12, 13, 9000])).toMatchObject({ count: 5, median: 12, spread: 1 });
  expect(calm.p10).toBeCloseTo(10.4);
  expect(calm.p95).toBeCloseTo(13.8);
});

describe("estimateRatio()", () => {
  test("is exact where both sides never vary", () => {
    expect(estimateRatio([3, 3, 3, 3], [2, 2, 2, 2])).toEqual({ ratio: 1.5, low: 1.5, high: 1.5 });
  });

  test("holds the ratio between its bounds, which are wider for samples that vary more", () => {
    const calm = estimateRatio(wave(100, 2, 0.1, 7.3), wave(100, 1, 0.1, 3.1));
    const rough = estimateRatio(wave(100, 2, 0.9, 7.3), wave(100, 1, 0.9, 3.1));
    for (const { ratio, low, high } of [calm, rough]) {
      expect(low).toBeLessThanOrEqual(ratio);
      expect(high).toBeGreaterThanOrEqual(ratio);
    }
    expect(rough.high - rough.low).toBeGreaterThan(calm.high - calm.low);
  });

  test("resamples turns and not sides: what slows both sides of a turn alike widens nothing", () => {
    const limit = wave(100, 1, 0.9, 7.3);
    const { low, high } = estimateRatio(
      limit.map((sample) => sample * 3),
      limit,
    );
    expect([low, high]).toEqual([expect.closeTo(3), expect.closeTo(3)]);
  });

  test("gives the same bounds for the same samples", () => {
    const estimate = () => estimateRatio(wave(50, 2, 0.5, 7.3), wave(50, 1, 0.3, 3.1));
    expect(estimate()).toEqual(estimate());
  });

  test("refuses sides of different lengths", () => {
    expect(() => estimateRatio([1, 2], [1])).toThrow(RangeError);
  });
});

/** Samples around a middle, each off by up to a part of it. */
function wave(count: number, middle: number, part: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => middle * (1 + part * Math.sin(index * step)));
}
