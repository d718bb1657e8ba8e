import type { TouchSessionAnswer, TouchSessionInput } from "../child/touch-session.js";
import { MessageGenerator } from "../generated-sessions.js";
import { type BudgetRow, type RowContext, type Scale, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";

/** As in the rows that stream them: one store serves both. */
const SMALL_MB = 100;
const HUGE_MB = 1000;
const BACKENDS = ["json", "yaml"] as const;
const TOUCHES = [
  { what: "append", title: "append to" },
  { what: "head", title: "head() of" },
  { what: "newest", title: "the newest 20 messages of" },
] as const;

type FileBackend = (typeof BACKENDS)[number];
type What = (typeof TOUCHES)[number]["what"];

/** That nothing but reading all of a session in a file takes longer, or more memory, however large it is. */
export const hugeSessionRows: readonly BudgetRow[] = BACKENDS.flatMap((backend) =>
  TOUCHES.flatMap(({ what, title }): BudgetRow[] => [
    {
      ...commonOf(backend),
      id: `${backend}/huge-${what}`,
      title: `${title} a session of 1 GB against of 100 MB, ${backend}, fresh process`,
      ours: "in a process that never did before, from after loading the backend; an append is relaxed",
      budget: 1.2,
      unit: "ms",
      turns: 25,
      warmUp: 1,
      prepare: async (context) => sidesOf(context, backend, what, "milliseconds"),
    },
    {
      ...commonOf(backend),
      id: `${backend}/huge-${what}-memory`,
      title: `memory for ${title} a session of 1 GB against of 100 MB, ${backend}, fresh process`,
      ours: "peak memory of the whole process",
      budget: 1.05,
      unit: "MB",
      turns: 9,
      warmUp: 0,
      prepare: async (context) => sidesOf(context, backend, what, "peakMB"),
    },
  ]),
);

function commonOf(backend: FileBackend): Pick<BudgetRow, "limit" | "tolerance" | "needs"> {
  return {
    limit: "the same for a session of 100 MB",
    tolerance: 0.1,
    needs: (scale) => [storeOf(backend, scale)],
  };
}

function storeOf(backend: FileBackend, scale: Scale): StoreSpec {
  return { backend, shape: "large", megabytes: [scaled(SMALL_MB, scale), scaled(HUGE_MB, scale)] };
}

function sidesOf(
  { stores, scale }: RowContext,
  backend: FileBackend,
  what: What,
  figure: keyof TouchSessionAnswer,
): { readonly ours: () => Promise<number>; readonly limit: () => Promise<number> } {
  const path = stores.path(storeOf(backend, scale));
  const message = new MessageGenerator().message();
  const touch = async (megabytes: number): Promise<number> => {
    const id = String(scaled(megabytes, scale));
    const input: TouchSessionInput = { backend, path, id, what, message };
    return (await runTask<TouchSessionAnswer>("touchSession", input))[figure];
  };
  return { ours: () => touch(HUGE_MB), limit: () => touch(SMALL_MB) };
}
