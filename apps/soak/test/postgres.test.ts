import { startTestServer } from "postgres-test-server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { postgresOn, type SoakBackend } from "../src/backends.js";
import { formatResults } from "../src/format-results.js";
import { runSoak } from "../src/run-soak.js";
import { scenarios } from "../src/scenarios.js";
import { isClean } from "../src/tally.js";

let server: Awaited<ReturnType<typeof startTestServer>>;
let backend: SoakBackend;

beforeAll(async () => {
  server = await startTestServer();
  backend = postgresOn(server);
});

afterAll(async () => {
  await server.close();
});

// What the package's own tests do not do: processes that are killed, and a server that is restarted under several of them.
it.each(scenarios.filter(({ name }) => ["crash", "restarts"].includes(name)))(
  "postgres: $title",
  async (scenario) => {
    const seed = Date.now() % 1_000_000_000;
    const until = { rounds: 1 };
    const results = await runSoak({ backends: [backend], scenarios: [scenario], seed, size: "short", until });
    const failed = results.filter(({ tally }) => !isClean(tally));
    expect(failed, `seed ${seed}\n${formatResults(results)}`).toEqual([]);
    expect(results[0]?.tally.acknowledged).toBeGreaterThan(0);
    expect(results[0]?.tally.kills).toBeGreaterThan(0);
  },
  120_000,
);
