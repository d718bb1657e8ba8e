import type { Curve } from "./curve.js";
import { formatFigure, formatRatio } from "./format-figures.js";
import type { PeerResult } from "./peers/compare-peers.js";
import type { Table } from "./table.js";
import type { RowResult, Verdict } from "./verdict.js";

/** How a verdict reads. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  met: "met",
  close: "within tolerance",
  missed: "MISSED",
};

/** The heads of the columns that `resultLine` prints. */
export const RESULT_HEADS: string = columns([
  "row",
  "ours (p95, spread)",
  "limit (p95, spread)",
  "ratio [95 of 100]",
  "at p10",
  "budget",
  "",
]);

/** A row's outcome on one line. */
export function resultLine(result: RowResult): string {
  const { oursSummary, limitSummary, estimate, unit, verdict } = result;
  return columns([
    result.id,
    formatSummary(oursSummary, unit),
    limitSummary === null ? "" : `${floorMark(result)}${formatSummary(limitSummary, unit)}`,
    estimate === null
      ? ""
      : `${formatRatio(estimate.ratio)} [${estimate.low.toFixed(2)}, ${estimate.high.toFixed(2)}]`,
    formatAtP10(result),
    `≤ ${formatBudget(result)}`,
    VERDICT_WORDS[verdict],
  ]);
}

/** Before the figure of a floor, which is nothing to be held against. */
export function floorMark({ floor }: Pick<RowResult, "floor">): string {
  return floor === undefined ? "" : "floor ";
}

/** The budget, and how far beyond it a row may be. */
export function formatBudget(result: Pick<RowResult, "budget" | "estimate" | "tolerance" | "unit">): string {
  const { budget, estimate, tolerance, unit } = result;
  const figure = estimate === null ? formatFigure(budget, unit) : `${budget} ×`;
  return tolerance === 0 ? figure : `${figure} + ${Math.round(tolerance * 100)} %`;
}

/** How the run came out, in one line. */
export function closingLine(results: readonly RowResult[]): string {
  const count = (wanted: Verdict) => results.filter(({ verdict }) => verdict === wanted).length;
  return `${count("met")} met, ${count("close")} within tolerance, ${count("missed")} missed`;
}

/** What the row would have come to at the 10th percentile of both sides: on a busy machine, nearer to the truth. */
function formatAtP10({ oursSummary, limitSummary, estimate, unit }: RowResult): string {
  return limitSummary === null || estimate === null
    ? formatFigure(oursSummary.p10, unit)
    : formatRatio(oursSummary.p10 / limitSummary.p10);
}

function formatSummary(
  summary: { readonly median: number; readonly p95: number; readonly spread: number },
  unit: string,
): string {
  const [median, p95, spread] = [summary.median, summary.p95, summary.spread].map((figure) =>
    formatFigure(figure, unit),
  );
  return `${median} (${p95}, ± ${spread})`;
}

function columns(cells: readonly string[]): string {
  const widths = [34, 34, 34, 24, 8, 14, 0];
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(" ")
    .trimEnd();
}

/** A curve, a line for each of its series. */
export function curveLines({ id, unit, series }: Curve): string[] {
  return series.map(({ name, points }) => {
    const figures = points.map(({ x, y }) => `${x.toLocaleString("en-US")}: ${formatFigure(y, unit)}`);
    return `${id.padEnd(24)} ${name.padEnd(16)} ${figures.join("   ")}`;
  });
}

/** A table, a line for each of its rows. */
export function tableLines({ id, columns, rows }: Table): string[] {
  return rows.map((row) => {
    const figures = row.cells.map(
      ({ value, unit }, index) => `${columns[index]} ${formatFigure(value, unit)}`,
    );
    return `${id.padEnd(10)} ${row.title.padEnd(60)} ${figures.join("   ")}`;
  });
}

/** A peer's outcome on one line. */
export function peerLine({ title, figures }: PeerResult): string {
  const named = Object.entries(figures).map(
    ([name, value]) => `${name.replace(/Ms$/, "")} ${formatFigure(value, "ms")}`,
  );
  return `${title.padEnd(48)} ${named.join("   ")}`;
}
