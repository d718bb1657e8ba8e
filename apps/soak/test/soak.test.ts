import { expect, it } from "vitest";
import { backends } from "../src/backends.js";
import { formatResults } from "../src/format-results.js";
import { runSoak } from "../src/run-soak.js";
import { scenarios } from "../src/scenarios.js";
import { isClean } from "../src/tally.js";

// The short form of `npm run soak`: every scenario once, on every backend.
const cases = backends.flatMap((backend) => scenarios.map((scenario) => ({ backend, scenario })));

it.each(cases)(
  "$backend.name: $scenario.title",
  async ({ backend, scenario }) => {
    const seed = Date.now() % 1_000_000_000;
    const results = await runSoak({
      backends: [backend],
      scenarios: [scenario],
      seed,
      size: "short",
      until: { rounds: 1 },
    });
    expect(
      results.filter(({ tally }) => !isClean(tally)),
      `seed ${seed}\n${formatResults(results)}`,
    ).toEqual([]);
    expect(results[0]?.tally.acknowledged).toBeGreaterThan(scenario.name === "backup" ? -1 : 0);
  },
  60_000,
);
