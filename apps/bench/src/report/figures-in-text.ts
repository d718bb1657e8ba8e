import { formatFigure, formatRatio } from "../format-figures.js";
import type { Results } from "../results.js";
import { scaled } from "../row.js";
import { WORKLOAD_FIGURES } from "./markdown-report.js";
import { ratioToOurs } from "./ratio-to-ours.js";

/** `<!-- figure: NAME -->1.2 ms<!-- / -->`; a reader sees the figure alone. */
const FIGURE = /<!-- figure: (.+?) -->(.*?)<!-- \/ -->/g;

/**
 * Puts the measured figures into a page. Names are `budget/ROW/ours`, `/limit` and `/value`, `curve/CURVE/SERIES/X`,
 * `table/TABLE/ROW/COLUMN` (its number, from 0), `peer/PEER/FIGURE` and `peer/PEER/FIGURE/ratio`.
 *
 * @throws {RangeError} for a name that stands for nothing that was measured
 */
export function fillFigures(page: string, results: Results): string {
  return page.replaceAll(
    FIGURE,
    (_, name: string) => `<!-- figure: ${name} -->${figureOf(results, name)}<!-- / -->`,
  );
}

/**
 * A page without its measured figures: whatever figure is left in it was written by hand.
 *
 * @internal For a test.
 */
export function withoutFigures(page: string): string {
  return page.replaceAll(FIGURE, "");
}

function figureOf(results: Results, name: string): string {
  const [kind = "", ...path] = name.split("/");
  const finder = FINDERS[kind];
  if (finder?.isMeasured(results) === false) return NOT_MEASURED;
  const figure = finder?.find(results, path);
  if (figure === undefined) throw new RangeError(`Nothing that was measured is called ${name}.`);
  return figure;
}

/** Stands where a run left out a whole part. */
const NOT_MEASURED = "not measured";

interface Finder {
  isMeasured(results: Results): boolean;
  find(results: Results, path: readonly string[]): string | undefined;
}

const FINDERS: Readonly<Record<string, Finder>> = {
  budget: { isMeasured: ({ budget }) => budget.length > 0, find: budgetFigure },
  curve: { isMeasured: ({ curves }) => curves.length > 0, find: curveFigure },
  table: { isMeasured: ({ tables }) => tables.length > 0, find: tableFigure },
  peer: { isMeasured: ({ peers }) => peers.length > 0, find: peerFigure },
};

function budgetFigure({ budget }: Results, path: readonly string[]): string | undefined {
  const row = budget.find(({ id }) => id === path.slice(0, -1).join("/"));
  const part = path.at(-1);
  if (row === undefined) return undefined;
  if (part === "ours") return formatFigure(row.oursSummary.median, row.unit);
  if (part === "limit" && row.limitSummary !== null) return formatFigure(row.limitSummary.median, row.unit);
  if (part !== "value") return undefined;
  return row.estimate === null ? formatFigure(row.value, row.unit) : formatRatio(row.value);
}

function curveFigure(
  { curves, measured }: Results,
  [curveId, name, x]: readonly string[],
): string | undefined {
  const curve = curves.find(({ id }) => id === curveId);
  const series = curve?.series.find((one) => one.name === name);
  const size = curve?.xIsScaled === true ? scaled(Number(x), measured.curves?.scale ?? 1) : Number(x);
  const point = series?.points.find((one) => one.x === size);
  return curve === undefined || point === undefined ? undefined : formatFigure(point.y, curve.unit);
}

function tableFigure({ tables }: Results, [tableId, rowId, column]: readonly string[]): string | undefined {
  const row = tables.find(({ id }) => id === tableId)?.rows.find(({ id }) => id === rowId);
  const cell = row?.cells[Number(column)];
  if (cell === undefined) return undefined;
  return cell.unit === "×" ? formatRatio(cell.value) : formatFigure(cell.value, cell.unit);
}

function peerFigure({ peers }: Results, [peerId, figure, part]: readonly string[]): string | undefined {
  const peer = peers.find(({ id }) => id === peerId);
  const key = WORKLOAD_FIGURES.find((name) => name === figure);
  if (peer === undefined || key === undefined) return undefined;
  if (part === undefined) return formatFigure(peer.figures[key], "ms");
  const ratio = part === "ratio" ? ratioToOurs(peers, peer, key) : null;
  return ratio === null ? undefined : formatRatio(ratio);
}
