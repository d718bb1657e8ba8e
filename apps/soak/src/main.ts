/** `npm run soak`: what the stores survive, as a table. Exit code 1 when something was lost. */
import { parseArgs } from "node:util";
import { startTestServer } from "postgres-test-server";
import { backends, postgresOn, type SoakBackend } from "./backends.js";
import { formatResults } from "./format-results.js";
import { runSoak } from "./run-soak.js";
import { scenarios } from "./scenarios.js";
import { isClean } from "./tally.js";

const POSTGRES = "postgres";

const USAGE = `npm run soak [-- OPTIONS]

  --backend A,B    ${[...backends.map(({ name }) => name), POSTGRES].join(", ")}; default: all
  --scenario A,B   default: all
${scenarios.map(({ name, title }) => `      ${name.padEnd(12)} ${title}`).join("\n")}
  --minutes N      how long each scenario runs on each backend; default: 1
  --seed N         repeats the choices of a run; its timing cannot be repeated
  --help
`;

const { values } = parseArgs({
  options: {
    backend: { type: "string" },
    scenario: { type: "string" },
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: `${Date.now() % 1_000_000_000}` },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await soak();

async function soak(): Promise<void> {
  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    print("Ending after the round under way. Ctrl-C again ends at once.");
    interrupt.abort();
  });
  const seed = positive(values.seed, "--seed");
  const minutes = positive(values.minutes, "--minutes");
  print(`seed ${seed}, ${minutes} minutes for each scenario on each backend`);
  // Started only when it is asked for.
  const isWanted = values.backend === undefined || values.backend.split(",").includes(POSTGRES);
  const server = isWanted ? await startTestServer() : null;
  const all: readonly SoakBackend[] = server === null ? backends : [...backends, postgresOn(server)];
  const results = await runSoak({
    backends: chosen(all, values.backend, "--backend"),
    scenarios: chosen(scenarios, values.scenario, "--scenario"),
    seed,
    size: "full",
    until: { minutes },
    signal: interrupt.signal,
    onResult: ({ backend, scenario, tally, seconds }) => {
      print(`${backend} ${scenario}: ${isClean(tally) ? "survived" : "FAILED"}, ${seconds.toFixed(0)} s`);
    },
  });
  await server?.close();
  print(`\n${formatResults(results)}`);
  process.exitCode = results.every(({ tally }) => isClean(tally)) ? 0 : 1;
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: string | undefined,
  option: string,
): T[] {
  if (names === undefined) return [...all];
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (found === undefined) fail(`${option}: there is no ${name}.\n\n${USAGE}`);
    return found;
  });
}

function positive(text: string, option: string): number {
  const number = Number(text);
  if (!(number > 0)) fail(`${option} must be a number above 0.`);
  return number;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
