import path from "node:path";
import { MessageGenerator } from "../generated-sessions.js";
import { appendByHand, appendDurablyByHand, lastLine } from "../json-append-by-hand.js";
import { timed, timedEach, timedEachSync } from "../measure-sides.js";
import { type Durability, openBackend } from "../open-backend.js";
import { APPEND_WARM_UP, type BudgetRow, type RowContext, type Sides } from "../row.js";

/** A relaxed append takes microseconds, and one measurement is of so many of them in a row. */
const RELAXED_AT_ONCE = 20;

export const jsonAppendRows: readonly BudgetRow[] = [
  {
    id: "json/append-durable",
    title: "durable append to a JSON session",
    ours: "append() of one message",
    limit: "open, write of the same bytes, fdatasync off the event loop, close",
    budget: 1.4,
    unit: "ms",
    tolerance: 0.1,
    turns: 600,
    warmUp: APPEND_WARM_UP,
    prepare: async (context) => await prepareAppend(context, "durable"),
  },
  {
    id: "json/append-relaxed",
    title: "relaxed append to a JSON session",
    ours: `append() of one message, the mean of ${RELAXED_AT_ONCE} in a row`,
    limit: `open, write of the same bytes, close, the mean of ${RELAXED_AT_ONCE} in a row`,
    budget: 10,
    unit: "ms",
    tolerance: 0.1,
    turns: 300,
    warmUp: 50,
    prepare: async (context) => await prepareAppend(context, "relaxed"),
  },
];

async function prepareAppend({ scratch }: RowContext, durability: Durability): Promise<Sides> {
  const root = scratch.path("store");
  const store = await openBackend("json", root, { durability });
  const message = new MessageGenerator().message();
  await store.create({ id: "one" });
  await store.append("one", message);
  const record = lastLine(path.join(root, "one.jsonl"));
  const byHand = scratch.path("by-hand.jsonl");
  const append = () => store.append("one", message);
  if (durability === "durable") {
    return {
      ours: () => timed(append),
      limit: () => timed(() => appendDurablyByHand(byHand, record)),
      close: () => store.close(),
    };
  }
  return {
    ours: () => timedEach(RELAXED_AT_ONCE, append),
    limit: () => timedEachSync(RELAXED_AT_ONCE, () => appendByHand(byHand, record)),
    close: () => store.close(),
  };
}
