import fc from "fast-check";
import { commandSequences } from "./arbitrary-commands.js";
import type { Command } from "./command.js";
import { compareBackends } from "./compare.js";
import { type Opening, openings } from "./stores.js";

/** The shortest sequence found on which the backends differ. */
export interface Inequality {
  readonly commands: readonly Command[];
  /** What differs, and the seed and path that lead there again. */
  readonly message: string;
}

/** Null when every sequence gives the same answers everywhere. */
export async function checkEquality(options: {
  readonly seed: number;
  readonly sequences: number;
  /** Ends the search, and not the one for a shorter failure. */
  readonly interruptAfterMs?: number;
  /** What is compared. Default: every backend. */
  readonly stores?: (folder: string) => readonly Opening[];
}): Promise<Inequality | null> {
  const { seed, sequences, interruptAfterMs, stores = openings } = options;
  const property = fc.asyncProperty(commandSequences, (commands) => compareBackends(commands, stores));
  const details = await fc.check(property, {
    seed,
    numRuns: sequences,
    ...(interruptAfterMs === undefined ? {} : { interruptAfterTimeLimit: interruptAfterMs }),
  });
  if (!details.failed || details.counterexample === null) return null;
  const error = details.errorInstance;
  return {
    commands: details.counterexample[0],
    message: `seed ${seed}, path "${details.counterexamplePath}"\n${error instanceof Error ? error.stack : String(error)}`,
  };
}
