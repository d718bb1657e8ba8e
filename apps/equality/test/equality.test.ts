import { expect, it } from "vitest";
import { checkEquality } from "../src/check-equality.js";
import { compareBackends } from "../src/compare.js";
import { readRegressions } from "../src/regressions.js";

// One seed that is always the same, and one that is new each time; a failure names it.
it.each([20260131, Date.now() % 1_000_000_000])(
  "memory, json, yaml and sqlite give the same answers to random commands, seed %i",
  async (seed) => {
    const inequality = await checkEquality({ seed, sequences: 60, interruptAfterMs: 7000 });
    expect(inequality?.message ?? null, JSON.stringify(inequality?.commands)).toBeNull();
  },
  120_000,
);

for (const { title, commands } of readRegressions()) {
  it(`gives the same answers as it once did not: ${title}`, () => compareBackends(commands));
}
