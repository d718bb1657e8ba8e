import { concurrentWriters } from "../concurrent-writers.js";
import type { RowContext } from "../row.js";
import type { TablePlan, TableRow } from "../table.js";

const WRITERS = [1, 2, 4, 8];
const MILLISECONDS = { full: 2000, quick: 500 };

export const sqliteWritersTable: TablePlan = {
  id: "sqlite-writers",
  title: "Writers of one SQLite database, each with its own session",
  note: "Processes that append durably as fast as each can; by hand: better-sqlite3 with the same statements and a busy timeout of five seconds. A process that is quick to begin again keeps all others out, which the fewest appends of a process show.",
  columns: ["all together", "by hand", "fewest of a process", "fewest by hand"],
  needs: () => [],
  measure: async (context) => {
    const rows: TableRow[] = [];
    for (const writers of WRITERS) rows.push(await writersRow(context, writers));
    return rows;
  },
};

async function writersRow(context: RowContext, writers: number): Promise<TableRow> {
  const ours = await appendRates(context, writers, false);
  const byHand = await appendRates(context, writers, true);
  const figures = [sum(ours), sum(byHand), Math.min(...ours), Math.min(...byHand)];
  const title = writers === 1 ? "one process" : `${writers} processes`;
  return { id: `${writers}`, title, cells: figures.map((value) => ({ value, unit: "/s" })) };
}

/** The appends in a second of each process. */
async function appendRates(
  { scratch, scale }: RowContext,
  writers: number,
  isByHand: boolean,
): Promise<readonly number[]> {
  const milliseconds = scale === 1 ? MILLISECONDS.full : MILLISECONDS.quick;
  const options = { backend: "sqlite", durability: "durable", share: false } as const;
  const answers = await concurrentWriters(scratch, { ...options, writers, milliseconds, isByHand });
  return answers.map(({ appends }) => appends / (milliseconds / 1000));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
