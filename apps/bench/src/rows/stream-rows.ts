import type { MemoryUse } from "../child/memory-use.js";
import type { StreamMessagesInput } from "../child/stream-messages.js";
import type { Backend } from "../open-backend.js";
import { type BudgetRow, type RowContext, type Scale, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import type { StoreSpec } from "../store-spec.js";

const SMALL_MB = 100;
const LARGE_MB = 1000;

/** That reading a session takes the memory of a batch and not of the session. */
export const streamRows: readonly BudgetRow[] = (["json", "yaml", "sqlite"] as const).map(
  (backend): BudgetRow => ({
    id: `${backend}/stream-memory`,
    title: `memory for messages() over 1 GB against over 100 MB, ${backend}`,
    ours: "peak memory of a process that reads all messages of a session of 1 GB",
    limit: "the same for a session of 100 MB",
    budget: 1.2,
    unit: "MB",
    tolerance: 0.1,
    // Reading a gigabyte of YAML takes a minute.
    turns: backend === "yaml" ? 2 : 3,
    warmUp: 0,
    needs: (scale) => [storeOf(backend, scale)],
    prepare: async (context) => ({
      ours: () => peakOf(context, backend, LARGE_MB),
      limit: () => peakOf(context, backend, SMALL_MB),
    }),
  }),
);

function storeOf(backend: Backend, scale: Scale): StoreSpec {
  return { backend, shape: "large", megabytes: [scaled(SMALL_MB, scale), scaled(LARGE_MB, scale)] };
}

async function peakOf({ stores, scale }: RowContext, backend: Backend, megabytes: number): Promise<number> {
  const path = stores.path(storeOf(backend, scale));
  const input: StreamMessagesInput = { backend, path, id: String(scaled(megabytes, scale)) };
  return (await runTask<MemoryUse>("streamMessages", input)).peakMB;
}
