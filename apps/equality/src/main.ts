/** `npm run equality`: random command sequences through every backend, seed after seed. Exit code 1 when two differ. */
import { parseArgs } from "node:util";
import pg from "pg";
import { useTestServer } from "postgres-test-server";
import { checkEquality } from "./check-equality.js";
import { compareBackends } from "./compare.js";
import { addRegression, readRegressions } from "./regressions.js";
import { type Opening, openings, postgresOpening } from "./stores.js";

const USAGE = `npm run equality [-- OPTIONS]

  --minutes N   default: 5
  --seed N      the first seed; the next ones follow it
`;
/** Sequences of one seed: few enough that a failing one is soon found again. */
const SEQUENCES = 100;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: `${Date.now() % 1_000_000_000}` },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await run(Number(values.minutes), Number(values.seed));

async function run(minutes: number, firstSeed: number): Promise<void> {
  const server = await useTestServer();
  const pool = new pg.Pool({ connectionString: server.url });
  try {
    await compareAll(minutes, firstSeed, (folder) => [...openings(folder), postgresOpening(pool, folder)]);
  } finally {
    await pool.end();
    await server.close();
  }
}

async function compareAll(
  minutes: number,
  firstSeed: number,
  stores: (folder: string) => readonly Opening[],
): Promise<void> {
  for (const { title, commands } of readRegressions()) {
    await compareBackends(commands, stores);
    print(`as before: ${title}`);
  }
  const end = performance.now() + minutes * 60_000;
  let seed = firstSeed;
  for (; performance.now() < end; seed++) {
    const inequality = await checkEquality({
      seed,
      sequences: SEQUENCES,
      interruptAfterMs: end - performance.now(),
      stores,
    });
    if (inequality === null) continue;
    addRegression({ title: `seed ${seed}: not yet understood`, commands: inequality.commands });
    print(
      `${inequality.message}\n\n${JSON.stringify(inequality.commands, null, 2)}\n\nKept in apps/equality/regressions.json.`,
    );
    process.exitCode = 1;
    return;
  }
  print(
    `seeds ${firstSeed} to ${seed - 1}: up to ${(seed - firstSeed) * SEQUENCES} sequences, every answer equal`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
