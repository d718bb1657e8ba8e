import {
  type AppendStepsAnswer,
  type AppendStepsInput,
  STEP_NAMES,
  type StepName,
} from "../child/append-steps.js";
import type { Durability } from "../open-backend.js";
import { type RowContext, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { TablePlan } from "../table.js";

const APPENDS = 2000;

const TITLES: Readonly<Record<StepName, string>> = {
  core: "the message checked and copied, its turn, the answer",
  lock: "the lock file: open, lock, read of its mark, close",
  open: "the session's file: open, close",
  pieces: "its header, head and ending read",
  record: "the state, the decision, the record as bytes",
  write: "the record written",
  flush: "fdatasync, and back from the thread pool",
  between: "between these",
};

export const appendStepsTable: TablePlan = {
  id: "append-steps",
  title: "Where the time of one append to a JSON session goes",
  note: "Medians. Each call is timed from outside, which costs about a quarter of a microsecond; what is recorded makes the whole a little slower.",
  columns: ["relaxed", "durable"],
  needs: () => [],
  measure: async (context) => {
    const relaxed = await stepsOf(context, "relaxed");
    const durable = await stepsOf(context, "durable");
    return STEP_NAMES.map((name) => ({
      id: name,
      title: TITLES[name],
      cells: [relaxed, durable].map((steps) => ({ value: steps[name], unit: "ms" })),
    }));
  },
};

async function stepsOf({ scratch, scale }: RowContext, durability: Durability): Promise<AppendStepsAnswer> {
  const input: AppendStepsInput = {
    path: scratch.path("store"),
    durability,
    appends: scaled(APPENDS, scale),
  };
  return await runTask<AppendStepsAnswer>("appendSteps", input);
}
