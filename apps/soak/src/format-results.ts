import type { SoakResult } from "./run-soak.js";
import { FAULT_COUNTERS } from "./tally.js";

const COLUMNS = [
  "backend",
  "scenario",
  "seconds",
  "rounds",
  "kills",
  "acknowledged",
  ...FAULT_COUNTERS,
  "else wrong",
];

/** The results as a table, with what went wrong beneath it. */
export function formatResults(results: readonly SoakResult[]): string {
  const rows = [COLUMNS, ...results.map(rowOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...results.flatMap(explain)].join("\n");
}

function rowOf({ backend, scenario, seconds, tally, notApplicable }: SoakResult): string[] {
  if (notApplicable !== null) return [backend, scenario, "not applicable"];
  const { rounds, kills, acknowledged, wrong } = tally;
  const faults = FAULT_COUNTERS.map((counter) => `${tally[counter]}`);
  return [
    backend,
    scenario,
    seconds.toFixed(0),
    `${rounds}`,
    `${kills}`,
    `${acknowledged}`,
    ...faults,
    `${wrong.length}`,
  ];
}

function explain({ backend, scenario, tally, notApplicable, keptFolder }: SoakResult): string[] {
  if (notApplicable !== null) return [`\n${backend} ${scenario}: not applicable: ${notApplicable}`];
  if (keptFolder === null) return [];
  const most = tally.wrong.slice(0, 20).map((sentence) => `  - ${sentence}`);
  const rest = tally.wrong.length > 20 ? [`  - and ${tally.wrong.length - 20} more`] : [];
  return [`\n${backend} ${scenario} FAILED. The data is kept in ${keptFolder}`, ...most, ...rest];
}
