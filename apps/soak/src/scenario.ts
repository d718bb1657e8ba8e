import type { SoakBackend } from "./backends.js";
import type { Random } from "./random.js";
import type { StartWorker } from "./start-worker.js";
import type { Tally } from "./tally.js";

/** One way to treat a store badly. */
export interface Scenario {
  readonly name: string;
  /** What it shows, as a sentence in the present tense. */
  readonly title: string;
  /** Why it says nothing about a backend; null when it does. */
  notApplicable?(backend: SoakBackend): string | null;
  /** Works in rounds until the ground is over. What it counts goes into `ground.tally` as it happens. */
  run(ground: Ground): Promise<void>;
}

/** Where a scenario happens: a backend, an empty folder, a seed and a time. */
export interface Ground {
  readonly backend: SoakBackend;
  /** Empty at the beginning; kept when something went wrong. */
  readonly folder: string;
  readonly random: Random;
  readonly tally: Tally;
  /** How large a round is: a few seconds in all, or the real thing. */
  readonly size: "short" | "full";
  /** Starts a process. Those that still live when the scenario ends are killed. */
  readonly start: StartWorker;
  /** Counts a round; false when it is time to end. */
  nextRound(): boolean;
}
