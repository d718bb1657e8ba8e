import { bundledSizeKB } from "../bundled-size.js";
import type { BudgetRow } from "../row.js";
import { runTask } from "../run-child.js";

export const coreRows: readonly BudgetRow[] = [
  {
    id: "core/size",
    title: "core's main entry, minified and compressed",
    ours: "bundled by esbuild with all that it imports at its start, gzip level 9",
    limit: null,
    budget: 15,
    unit: "kB",
    tolerance: 0,
    turns: 1,
    warmUp: 0,
    prepare: async () => ({ ours: bundledSizeKB, limit: null }),
  },
  {
    id: "core/import",
    title: "import of core's main entry, fresh process",
    ours: 'import("@agent-sessions/core")',
    limit: null,
    budget: 10,
    unit: "ms",
    tolerance: 0.1,
    turns: 25,
    warmUp: 2,
    prepare: async () => ({
      ours: async () => (await runTask<{ milliseconds: number }>("importCore", {})).milliseconds,
      limit: null,
    }),
  },
];
