import { join } from "node:path";
import type { HeadByHandInput } from "../child/head-by-hand.js";
import type { QueryByHandInput } from "../child/query-by-hand.js";
import type { ReadHeadAnswer, ReadHeadInput } from "../child/read-head.js";
import { BACKENDS, type Backend } from "../open-backend.js";
import { type BudgetRow, type RowContext, type Scale, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";

const SMALL_MB = 1;
const LARGE_MB = 100;

const FLOORS: Readonly<Record<Backend, string>> = {
  json: "open the file, read its end and its beginning, JSON.parse of footer, header and head",
  yaml: "open the file, read its end and its beginning, JSON.parse of the footer; no YAML parsed",
  sqlite: "require better-sqlite3, open, the row of the session",
};

/** That a head costs the same however large its session is. */
export const largeSessionRows: readonly BudgetRow[] = BACKENDS.flatMap((backend): BudgetRow[] => [
  {
    id: `${backend}/head-large`,
    title: `head() of a session of 100 MB, ${backend}, fresh process`,
    ours: "open and head() in a process that never did before, from after loading the backend",
    limit: null,
    floor: FLOORS[backend],
    budget: 5,
    unit: "ms",
    tolerance: 0.1,
    turns: 15,
    warmUp: 1,
    needs: (scale) => [storeOf(backend, scale)],
    prepare: async (context: RowContext) => ({
      ours: async () => (await headOf(context, backend, "large")).milliseconds,
      limit: async () => await (backend === "sqlite" ? rowByHand(context) : headByHand(context, backend)),
    }),
  },
  {
    id: `${backend}/head-large-memory`,
    title: `memory for head() of 100 MB against of 1 MB, ${backend}, fresh process`,
    ours: "peak memory of the whole process",
    limit: "the same for a session of 1 MB",
    budget: 1.05,
    unit: "MB",
    tolerance: 0,
    turns: 9,
    warmUp: 0,
    needs: (scale) => [storeOf(backend, scale)],
    prepare: async (context: RowContext) => ({
      ours: async () => (await headOf(context, backend, "large")).peakMB,
      limit: async () => (await headOf(context, backend, "small")).peakMB,
    }),
  },
]);

function storeOf(backend: Backend, scale: Scale): StoreSpec {
  return { backend, shape: "large", megabytes: [SMALL_MB, largeMB(scale)] };
}

function largeMB(scale: Scale): number {
  return Math.max(SMALL_MB + 1, scaled(LARGE_MB, scale));
}

async function headOf(
  { stores, scale }: RowContext,
  backend: Backend,
  size: "small" | "large",
): Promise<ReadHeadAnswer> {
  const id = String(size === "small" ? SMALL_MB : largeMB(scale));
  const input: ReadHeadInput = { backend, path: stores.path(storeOf(backend, scale)), id };
  return await runTask<ReadHeadAnswer>("readHead", input);
}

async function headByHand({ stores, scale }: RowContext, backend: "json" | "yaml"): Promise<number> {
  const extension = backend === "json" ? "jsonl" : "yaml";
  const path = join(stores.path(storeOf(backend, scale)), `${largeMB(scale)}.${extension}`);
  const input: HeadByHandInput = { path };
  return (await runTask<{ milliseconds: number }>("headByHand", input)).milliseconds;
}

async function rowByHand({ stores, scale }: RowContext): Promise<number> {
  const input: QueryByHandInput = {
    path: stores.path(storeOf("sqlite", scale)),
    query: `SELECT * FROM agent_sessions_sessions WHERE namespace = '' AND id = '${largeMB(scale)}'`,
  };
  return (await runTask<{ milliseconds: number }>("queryByHand", input)).milliseconds;
}
