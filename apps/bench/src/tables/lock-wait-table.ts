import { concurrentWriters } from "../concurrent-writers.js";
import type { RowContext } from "../row.js";
import { quantile } from "../statistics.js";
import type { TablePlan, TableRow } from "../table.js";

const MILLISECONDS = { full: 10_000, quick: 2_000 };

const CROWDS = [
  { backend: "json", writers: 8, busyProcesses: 0 },
  { backend: "json", writers: 8, busyProcesses: 6 },
  { backend: "json", writers: 16, busyProcesses: 6 },
  { backend: "yaml", writers: 8, busyProcesses: 6 },
] as const;
type Crowd = (typeof CROWDS)[number];

export const lockWaitTable: TablePlan = {
  id: "lock-waits",
  title: "Waiting for the lock of one session",
  note: "Processes that append durably to one session, as fast as each can, some of them while other processes keep every core busy. The longest append of any of them shows how long the unluckiest waited.",
  columns: ["fewest of a process", "most of a process", "append, median", "append, p99", "longest append"],
  needs: () => [],
  measure: async (context) => {
    const rows: TableRow[] = [];
    for (const crowd of CROWDS) rows.push(await crowdRow(context, crowd));
    return rows;
  },
};

async function crowdRow(
  { scratch, scale }: RowContext,
  { backend, writers, busyProcesses }: Crowd,
): Promise<TableRow> {
  const answers = await concurrentWriters(scratch, {
    ...{ backend, writers, busyProcesses, durability: "durable", share: true },
    milliseconds: scale === 1 ? MILLISECONDS.full : MILLISECONDS.quick,
  });
  const appends = answers.map((answer) => answer.appends);
  const cells = [
    { value: Math.min(...appends), unit: "appends" },
    { value: Math.max(...appends), unit: "appends" },
    {
      value: quantile(
        answers.map(({ medianMs }) => medianMs),
        1,
      ),
      unit: "ms",
    },
    {
      value: quantile(
        answers.map(({ p99Ms }) => p99Ms),
        1,
      ),
      unit: "ms",
    },
    { value: Math.max(...answers.map(({ longestMs }) => longestMs)), unit: "ms" },
  ];
  const title = `${backend}, ${writers} writers${busyProcesses > 0 ? `, ${busyProcesses} other busy processes` : ""}`;
  return { id: `${backend}-${writers}-${busyProcesses}`, title, cells };
}
