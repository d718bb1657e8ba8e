import type { WorkloadAnswer } from "../child/run-workload.js";
import type { Curve } from "../curve.js";
import { formatFigure, formatRatio } from "../format-figures.js";
import { machineLine } from "../machine.js";
import { PARTS, type Part } from "../options.js";
import type { PeerResult } from "../peers/compare-peers.js";
import { closingLine, floorMark, formatBudget, VERDICT_WORDS } from "../print-results.js";
import type { Measurement, Results } from "../results.js";
import type { Summary } from "../statistics.js";
import type { Table } from "../table.js";
import type { RowResult } from "../verdict.js";
import { PEER_CHART_NAMES } from "./charts.js";
import { ratioToOurs } from "./ratio-to-ours.js";

/** The page `docs/benchmarks/README.md`. */
export function markdownReport(results: Results): string {
  const parts = [
    introduction(results),
    results.budget.length === 0 ? "" : budgetPart(results.budget),
    results.curves.length === 0 ? "" : `## How it grows\n\n${results.curves.map(curvePart).join("\n\n")}`,
    ...results.tables.map(tablePart),
    results.peers.length === 0 ? "" : peersPart(results.peers),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const PART_NAMES: Readonly<Record<Part, string>> = {
  budget: "the budget",
  curves: "growth",
  tables: "memory and space",
  peers: "what people use",
};

function introduction({ measured }: Results): string {
  const partsByLine = new Map<string, string[]>();
  for (const part of PARTS) {
    const measurement = measured[part];
    if (measurement === undefined) continue;
    const line = measurementLine(measurement);
    partsByLine.set(line, [...(partsByLine.get(line) ?? []), PART_NAMES[part]]);
  }
  const lines = [...partsByLine].map(([line, parts]) =>
    partsByLine.size === 1 ? `Measured ${line}` : `- ${parts.join(", ")}: ${line}`,
  );
  return `# Benchmarks

Written by \`npm run bench -- --report\`; not edited by hand. What it means is in [performance](../performance.md), how it is
measured and how to add a row in [apps/bench](../../apps/bench).

${lines.join("\n")}`;
}

function measurementLine({ machine, measuredAt, scale }: Measurement): string {
  const shortened =
    scale === 1
      ? ""
      : ` **Not a full run**: with ${scale * 100} % of the sessions and messages that titles and headings speak of.`;
  return `${measuredAt.slice(0, 10)} on ${machineLine(machine)}.${shortened}`;
}

function budgetPart(rows: readonly RowResult[]): string {
  const table = markdownTable(
    [
      "row",
      "what",
      "ours: median (p95, spread)",
      "limit: median (p95, spread)",
      "ratio [95 of 100]",
      "budget",
      "",
    ],
    rows.map((row) => [
      `\`${row.id}\``,
      row.title,
      summaryText(row.oursSummary, row.unit),
      row.limitSummary === null ? "" : `${floorMark(row)}${summaryText(row.limitSummary, row.unit)}`,
      row.estimate === null
        ? ""
        : `${formatRatio(row.estimate.ratio)} [${row.estimate.low.toFixed(2)}, ${row.estimate.high.toFixed(2)}]`,
      `≤ ${formatBudget(row)}`,
      VERDICT_WORDS[row.verdict],
    ]),
  );
  const compared = rows.map(
    ({ id, ours, limit, floor }) =>
      `- \`${id}\`: ${ours}${limit === null ? "" : `; against: ${limit}`}${floor === undefined ? "" : `; floor, no part of the verdict: ${floor}`}`,
  );
  return `## Against the limit

${closingLine(rows)}. A percentage behind a budget is how far a measurement may go beyond it; the spread is the median absolute deviation.

![](budget.svg)

${table}

What is compared:

${compared.join("\n")}`;
}

function curvePart(curve: Curve): string {
  const sizes = [...new Set(curve.series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const table = markdownTable(
    [curve.xLabel, ...curve.series.map(({ name }) => name)],
    sizes.map((size) => [
      size.toLocaleString("en-US"),
      ...curve.series.map(({ points }) => {
        const point = points.find(({ x }) => x === size);
        return point === undefined ? "" : formatFigure(point.y, curve.unit);
      }),
    ]),
  );
  return `### ${curve.title}\n\nPromised: ${curve.promise}.\n\n![](${curve.id}.svg)\n\n${curve.yLabel}:\n\n${table}`;
}

function tablePart(table: Table): string {
  const rows = table.rows.map(({ title, cells }) => [
    title,
    ...cells.map(({ value, unit }) => (unit === "×" ? formatRatio(value) : formatFigure(value, unit))),
  ]);
  return `## ${table.title}\n\n${table.note}\n\n${markdownTable(["", ...table.columns], rows)}`;
}

const FIGURES: readonly { readonly key: keyof WorkloadAnswer; readonly head: string }[] = [
  { key: "appendTotalMs", head: "append 1 to 1,000, all" },
  { key: "appendAtEndMs", head: "append at 1,000" },
  { key: "readLastMs", head: "read last 20" },
  { key: "deleteMs", head: "delete it" },
  { key: "createMs", head: "create" },
  { key: "listMs", head: "newest 50 of 10,000" },
  { key: "searchMs", head: "search 10,000" },
];

export const WORKLOAD_FIGURES: readonly (keyof WorkloadAnswer)[] = FIGURES.map(({ key }) => key);

function peersPart(peers: readonly PeerResult[]): string {
  const figures = markdownTable(
    ["", ...FIGURES.map(({ head }) => head)],
    peers.map((peer) => [
      peer.isOurs ? `**${peer.title}**` : peer.title,
      ...FIGURES.map(({ key }) => {
        const ratio = ratioToOurs(peers, peer, key);
        return `${formatFigure(peer.figures[key], "ms")}${ratio === null ? "" : ` (${formatRatio(ratio)})`}`;
      }),
    ]),
  );
  const guarantees = markdownTable(
    [
      "",
      "version",
      "survives a power cut",
      "whole or not at all",
      "two processes, one session",
      "search",
      "list in order",
    ],
    peers.map(({ title, packages, isOurs, guarantees: { durable, atomic, twoWriters, search, order } }) => [
      isOurs ? `**${title}**` : title,
      packages,
      durable,
      atomic,
      twoWriters,
      search,
      order,
    ]),
  );
  return `## Against what people use

The same workload on each, one after the other, each as its own documentation says. In brackets: how many times what our SQLite backend
takes, durable against those that flush each write, relaxed against those that do not.

${PEER_CHART_NAMES.map((name) => `![](${name})`).join("\n\n")}

${figures}

What differs in what they promise:

${guarantees}`;
}

function summaryText({ median, p95, spread }: Summary, unit: string): string {
  const [middle, high, deviation] = [median, p95, spread].map((figure) => formatFigure(figure, unit));
  return `${middle} (${high}, ± ${deviation})`;
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
