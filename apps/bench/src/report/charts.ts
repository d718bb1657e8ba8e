import type { WorkloadAnswer } from "../child/run-workload.js";
import { formatFigure } from "../format-figures.js";
import type { Results } from "../results.js";
import type { RowResult } from "../verdict.js";
import { type Bar, barChart } from "./bar-chart.js";
import { lineChart } from "./line-chart.js";

const [BLUE, ORANGE, , GREY] = [0, 1, 2, 3];

/** What of the workload is drawn; the table has all of it. */
const PEER_CHARTS: readonly { readonly figure: keyof WorkloadAnswer; readonly title: string }[] = [
  { figure: "appendAtEndMs", title: "One append to a session of 1,000 messages" },
  { figure: "readLastMs", title: "The last 20 messages of 1,000" },
  { figure: "listMs", title: "The newest 50 of 10,000 sessions" },
  { figure: "searchMs", title: "All hits of a rare word in 10,000 sessions" },
];

/** The report's drawings by file name. */
export function chartsOf(results: Results): ReadonlyMap<string, string> {
  const charts = new Map<string, string>();
  if (results.budget.length > 0) charts.set("budget.svg", budgetChart(results.budget));
  for (const curve of results.curves) charts.set(`${curve.id}.svg`, lineChart(curve));
  if (results.peers.length > 0) {
    for (const { figure, title } of PEER_CHARTS)
      charts.set(peerChartName(figure), peerChart(results, figure, title));
  }
  return charts;
}

export const PEER_CHART_NAMES: readonly string[] = PEER_CHARTS.map(({ figure }) => peerChartName(figure));

function peerChartName(figure: keyof WorkloadAnswer): string {
  return `peers-${figure.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.svg`;
}

function budgetChart(rows: readonly RowResult[]): string {
  return barChart({
    title: "What was measured, as a part of the budget",
    subtitle: "shorter is better; each row's bound is the dashed line",
    bars: rows.map(({ id, value, budget, verdict }) => ({
      label: id,
      value: value / budget,
      text: `${Math.round((value / budget) * 100)} %`,
      colour: verdict === "missed" ? ORANGE : BLUE,
    })),
    formatTick: (part) => `${Math.round(part * 100)} %`,
    mark: { value: 1, text: "budget" },
  });
}

function peerChart({ peers }: Results, figure: keyof WorkloadAnswer, title: string): string {
  const bars = peers.map(
    ({ title: label, isOurs, isDurable, figures }): Bar => ({
      label: isOurs ? label : `${label}${isDurable ? " (flushes)" : ""}`,
      value: figures[figure],
      text: formatFigure(figures[figure], "ms"),
      colour: isOurs ? BLUE : GREY,
    }),
  );
  return barChart({
    title,
    subtitle: "shorter is better; ours in blue",
    bars,
    formatTick: (value) => formatFigure(value, "ms"),
  });
}
