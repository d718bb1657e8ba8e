import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SoakBackend } from "./backends.js";
import { randomFrom } from "./random.js";
import type { Ground, Scenario } from "./scenario.js";
import { WorkerPool } from "./start-worker.js";
import { emptyTally, isClean, type Tally } from "./tally.js";

export interface SoakOptions {
  readonly backends: readonly SoakBackend[];
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  readonly size: Ground["size"];
  /** How long each scenario runs on each backend; a round that has begun is finished. */
  readonly until: { readonly rounds: number } | { readonly minutes: number };
  /** Ends the soak after the rounds under way. */
  readonly signal?: AbortSignal;
  readonly onResult?: (result: SoakResult) => void;
}

/** How one scenario ended on one backend. */
export interface SoakResult {
  readonly backend: string;
  readonly scenario: string;
  /** Why it says nothing about this backend; null when it ran. */
  readonly notApplicable: string | null;
  readonly tally: Tally;
  /** Where the data is that something is wrong with; null when all is well and nothing was kept. */
  readonly keptFolder: string | null;
  readonly seconds: number;
}

/** Runs every scenario on every backend, one after the other. */
export async function runSoak(options: SoakOptions): Promise<readonly SoakResult[]> {
  const results: SoakResult[] = [];
  for (const backend of options.backends) {
    for (const scenario of options.scenarios) {
      if (options.signal?.aborted === true) break;
      const result = await runScenario(backend, scenario, options);
      options.onResult?.(result);
      results.push(result);
    }
  }
  return results;
}

async function runScenario(
  backend: SoakBackend,
  scenario: Scenario,
  options: SoakOptions,
): Promise<SoakResult> {
  const startedAt = performance.now();
  const tally = emptyTally();
  const notApplicable = scenario.notApplicable?.(backend) ?? null;
  const names = { backend: backend.name, scenario: scenario.name, notApplicable, tally };
  if (notApplicable !== null) return { ...names, keptFolder: null, seconds: 0 };
  const folder = await mkdtemp(join(tmpdir(), `agent-sessions-soak-${backend.name}-${scenario.name}-`));
  const workers = new WorkerPool();
  const ground: Ground = {
    backend,
    folder,
    random: randomFrom(`${options.seed} ${backend.name} ${scenario.name}`),
    tally,
    size: options.size,
    start: workers.start,
    nextRound: () => {
      if (options.signal?.aborted === true || isOver(options.until, tally.rounds, startedAt)) return false;
      tally.rounds++;
      return true;
    },
  };
  try {
    await scenario.run(ground);
  } catch (error) {
    tally.wrong.push((error as Error).stack ?? String(error));
  } finally {
    await workers.end();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  if (!isClean(tally)) return { ...names, keptFolder: folder, seconds };
  await rm(folder, { recursive: true, force: true });
  return { ...names, keptFolder: null, seconds };
}

/** The first round is always worked. */
function isOver(until: SoakOptions["until"], rounds: number, startedAt: number): boolean {
  if ("rounds" in until) return rounds >= until.rounds;
  return rounds > 0 && performance.now() - startedAt >= until.minutes * 60_000;
}
