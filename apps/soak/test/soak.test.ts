import { expect, it } from "vitest";
import { backends } from "../src/backends.js";
import { formatResults } from "../src/format-results.js";
import { runSoak } from "../src/run-soak.js";
import { scenarios } from "../src/scenarios.js";
import { isClean } from "../src/tally.js";

// The short form of `npm run soak`: every scenario once, on every backend that it applies to. JSON and YAML are two formats of one engine:
// on YAML, the slower of them, only processes that are killed or write side by side.
const cases = backends.flatMap((backend) =>
  scenarios
    .filter(({ notApplicable }) => (notApplicable?.(backend) ?? null) === null)
    .filter(({ name }) => backend.name !== "yaml" || ["crash", "writers"].includes(name))
    .map((scenario) => ({ backend, scenario })),
);

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
    const { acknowledged = 0, kills = 0 } = results[0]?.tally ?? {};
    // Backups may be done before anybody has written anything; that there were some is part of being clean.
    if (scenario.name !== "backup") expect(acknowledged + kills).toBeGreaterThan(0);
  },
  120_000,
);
