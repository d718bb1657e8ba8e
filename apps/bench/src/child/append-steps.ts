import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { MessageGenerator } from "../generated-sessions.js";
import { type Durability, openBackend } from "../open-backend.js";
import { APPEND_WARM_UP } from "../row.js";
import { median } from "../statistics.js";

export interface AppendStepsInput {
  readonly path: string;
  readonly durability: Durability;
  readonly appends: number;
}

/** Medians, in milliseconds, of what an append to a JSON session spends its time on; together about a whole append. */
export type AppendStepsAnswer = Readonly<Record<StepName, number>>;

/** In the order of their first call. */
export const STEP_NAMES = ["core", "lock", "open", "pieces", "record", "write", "flush", "between"] as const;
export type StepName = (typeof STEP_NAMES)[number];

interface Call {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Which step each call of an append belongs to, and what comes before it. */
const CALLS: readonly { readonly name: string; readonly step: StepName; readonly before: StepName }[] = [
  { name: "openSync", step: "lock", before: "core" },
  { name: "readSync", step: "lock", before: "lock" },
  { name: "openSync", step: "open", before: "between" },
  // Header, head and ending: the first message has changed the head, which no longer follows the header.
  { name: "readSync", step: "pieces", before: "open" },
  { name: "readSync", step: "pieces", before: "pieces" },
  { name: "readSync", step: "pieces", before: "pieces" },
  { name: "writeSync", step: "write", before: "record" },
  { name: "fdatasync", step: "flush", before: "between" },
  { name: "closeSync", step: "open", before: "between" },
  { name: "closeSync", step: "lock", before: "between" },
];
const SYNC_NAMES = ["openSync", "readSync", "writeSync", "closeSync"] as const;

/** Appends one message after the other, and times the calls into the system and what lies between them. */
export async function appendSteps({
  path,
  durability,
  appends,
}: AppendStepsInput): Promise<AppendStepsAnswer> {
  const calls: Call[] = [];
  recordCalls(calls);
  const store = await openBackend("json", path, { durability });
  const message = new MessageGenerator().message();
  await store.create({ id: "one" });
  for (let done = 0; done < APPEND_WARM_UP; done++) await store.append("one", message);
  const expected = CALLS.filter(({ step }) => step !== "flush" || durability === "durable");
  const samples: Record<StepName, number>[] = [];
  for (let done = 0; done < appends; done++) {
    calls.length = 0;
    const startedAt = performance.now();
    await store.append("one", message);
    const endedAt = performance.now();
    // Now and then the index is written in between: those appends are left out.
    const isUsual = calls.map(({ name }) => name).join() === expected.map(({ name }) => name).join();
    if (isUsual) samples.push(stepsOf(calls, expected, startedAt, endedAt));
  }
  await store.close();
  if (samples.length < appends / 2)
    throw new Error("An append makes other calls than its steps are told by.");
  const medians = STEP_NAMES.map((name) => [name, median(samples.map((sample) => sample[name]))]);
  return Object.fromEntries(medians) as AppendStepsAnswer;
}

function stepsOf(
  calls: readonly Call[],
  expected: typeof CALLS,
  startedAt: number,
  endedAt: number,
): Record<StepName, number> {
  const steps = Object.fromEntries(STEP_NAMES.map((name) => [name, 0])) as Record<StepName, number>;
  let last = startedAt;
  for (const [index, call] of calls.entries()) {
    const { step, before } = expected[index] ?? { step: "between", before: "between" };
    steps[before] += call.startedAt - last;
    steps[step] += call.endedAt - call.startedAt;
    last = call.endedAt;
  }
  steps.core += endedAt - last;
  return steps;
}

/** From then on each call is noted; the store, which is loaded later, gets these functions. */
function recordCalls(calls: Call[]): void {
  const patched = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of SYNC_NAMES) {
    const real = fs[name] as (...args: unknown[]) => unknown;
    patched[name] = (...args) => {
      const startedAt = performance.now();
      const result = real(...args);
      calls.push({ name, startedAt, endedAt: performance.now() });
      return result;
    };
  }
  const { fdatasync } = fs;
  patched["fdatasync"] = (fd, done) => {
    const startedAt = performance.now();
    fdatasync(fd as number, (error) => {
      calls.push({ name: "fdatasync", startedAt, endedAt: performance.now() });
      (done as (error: NodeJS.ErrnoException | null) => void)(error);
    });
    return undefined;
  };
  syncBuiltinESMExports();
}
