import type { AppendOnceInput } from "../child/append-once.js";
import { MessageGenerator } from "../generated-sessions.js";
import { timedEach } from "../measure-sides.js";
import { BACKENDS, type Backend, openBackend } from "../open-backend.js";
import { type BudgetRow, type RowContext, type Scale, type Sides, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";

const LONG = 100_000;
const AT_ONCE = 10;

/** That an append costs the same however long the session is. Relaxed, because a flush would hide what grows. */
export const appendGrowthRows: readonly BudgetRow[] = BACKENDS.flatMap((backend): BudgetRow[] => [
  {
    id: `${backend}/append-growth-warm`,
    title: `append at 100,000 messages against at 10, ${backend}, open store`,
    ours: `append() to a session of 100,000 messages, relaxed, the mean of ${AT_ONCE} in a row`,
    limit: "the same to a session of 10 messages",
    budget: 1.2,
    unit: "ms",
    tolerance: 0.1,
    turns: 200,
    warmUp: 30,
    needs: (scale) => [storeOf(backend, scale)],
    prepare: async (context) => await prepareWarm(context, backend),
  },
  {
    id: `${backend}/append-growth-fresh`,
    title: `append at 100,000 messages against at 10, ${backend}, fresh process`,
    ours: "open, then append() to a session of 100,000 messages, relaxed, in a process that never did before",
    limit: "the same to a session of 10 messages",
    budget: 1.2,
    unit: "ms",
    tolerance: 0.1,
    turns: 25,
    warmUp: 1,
    needs: (scale) => [storeOf(backend, scale)],
    prepare: async (context) => await prepareFresh(context, backend),
  },
]);

function storeOf(backend: Backend, scale: Scale): StoreSpec {
  return { backend, shape: "long", messages: scaled(LONG, scale) };
}

async function prepareWarm({ stores, scale }: RowContext, backend: Backend): Promise<Sides> {
  const path = stores.path(storeOf(backend, scale));
  const store = await openBackend(backend, path, { durability: "relaxed" });
  const message = new MessageGenerator().message();
  return {
    ours: () => timedEach(AT_ONCE, () => store.append("long", message)),
    limit: () => timedEach(AT_ONCE, () => store.append("short", message)),
    close: () => store.close(),
  };
}

async function prepareFresh({ stores, scale }: RowContext, backend: Backend): Promise<Sides> {
  const path = stores.path(storeOf(backend, scale));
  const message = new MessageGenerator().message();
  const appendTo = async (id: string) => {
    const input: AppendOnceInput = { backend, path, id, message, durability: "relaxed" };
    return (await runTask<{ milliseconds: number }>("appendOnce", input)).milliseconds;
  };
  return { ours: () => appendTo("long"), limit: () => appendTo("short") };
}
