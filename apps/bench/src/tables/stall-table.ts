import { concurrentWriters } from "../concurrent-writers.js";
import { BACKENDS, type Backend } from "../open-backend.js";
import type { RowContext } from "../row.js";
import { median } from "../statistics.js";
import type { TablePlan, TableRow } from "../table.js";

const WRITERS = 8;
const MILLISECONDS = { full: 2000, quick: 500 };

export const stallTable: TablePlan = {
  id: "stalls",
  title: "The event loop of a writer among eight",
  note: "Eight processes append durably to one session at once. A stall is how late a timer was in the worst case; here it holds the waiting for a free core too.",
  columns: ["append, median", "append, p95", "longest stall, median of the writers"],
  needs: () => [],
  measure: async (context) => {
    const rows: TableRow[] = [];
    for (const backend of BACKENDS) rows.push(await stallRow(context, backend));
    return rows;
  },
};

async function stallRow({ scratch, scale }: RowContext, backend: Backend): Promise<TableRow> {
  const milliseconds = scale === 1 ? MILLISECONDS.full : MILLISECONDS.quick;
  const options = { backend, durability: "durable", writers: WRITERS, share: true, milliseconds } as const;
  const answers = await concurrentWriters(scratch, options);
  const cells = [
    { value: median(answers.map(({ medianMs }) => medianMs)), unit: "ms" },
    { value: median(answers.map(({ p95Ms }) => p95Ms)), unit: "ms" },
    { value: median(answers.map(({ stallMs }) => stallMs)), unit: "ms" },
  ];
  return { id: backend, title: backend, cells };
}
