import type { Curve, CurveSeries } from "../curve.js";
import { formatFigure } from "../format-figures.js";
import { type LogScale, logScale } from "./log-scale.js";
import { round, svgDocument, svgLine, svgText } from "./svg.js";

const WIDTH = 760;
const HEIGHT = 400;
const PLOT = { left: 84, right: 180, top: 64, bottom: 58 };
const PLOT_WIDTH = WIDTH - PLOT.left - PLOT.right;
const PLOT_HEIGHT = HEIGHT - PLOT.top - PLOT.bottom;
/** Labels nearer to one another than that would overlap. */
const LABEL_HEIGHT = 17;

/** A curve on two logarithmic axes, each line labelled at its end with its name and its last figure. */
export function lineChart(curve: Curve): string {
  const points = curve.series.flatMap((series) => series.points);
  const x = logScale(points.map((point) => point.x));
  const y = logScale(points.map((point) => point.y));
  const place = (point: { x: number; y: number }): [number, number] => [
    PLOT.left + x.position(point.x) * PLOT_WIDTH,
    PLOT.top + (1 - y.position(point.y)) * PLOT_HEIGHT,
  ];
  return svgDocument(WIDTH, HEIGHT, curve.title, [
    svgText(20, 28, curve.title, { className: "title" }),
    svgText(20, 48, curve.yLabel, { className: "faint" }),
    ...grid(x, y, curve.unit),
    svgText(PLOT.left + PLOT_WIDTH / 2, HEIGHT - 16, curve.xLabel, { className: "faint", anchor: "middle" }),
    ...curve.series.map((series, index) => line(series, index, place)),
    ...labels(curve, place),
  ]);
}

function grid(x: LogScale, y: LogScale, unit: string): string[] {
  const bottom = PLOT.top + PLOT_HEIGHT;
  const elements: string[] = [];
  for (const tick of y.ticks) {
    const at = PLOT.top + (1 - y.position(tick)) * PLOT_HEIGHT;
    elements.push(svgLine("grid", PLOT.left, at, PLOT.left + PLOT_WIDTH, at));
    elements.push(
      svgText(PLOT.left - 10, at + 4, formatFigure(tick, unit), { className: "faint", anchor: "end" }),
    );
  }
  for (const tick of x.ticks) {
    const at = PLOT.left + x.position(tick) * PLOT_WIDTH;
    elements.push(svgLine("grid", at, PLOT.top, at, bottom));
    const text = tick.toLocaleString("en-US");
    elements.push(svgText(at, bottom + 20, text, { className: "faint", anchor: "middle" }));
  }
  return elements;
}

type Place = (point: { x: number; y: number }) => [number, number];

function line({ points }: CurveSeries, index: number, place: Place): string {
  const places = points.map((point) => place(point).map(round).join(","));
  const dots = points.map((point) => {
    const [cx, cy] = place(point);
    return `<circle class="dot" cx="${round(cx)}" cy="${round(cy)}" r="3.5"/>`;
  });
  return `<g class="s${index}"><polyline class="line" points="${places.join(" ")}"/>${dots.join("")}</g>`;
}

/** In the order of their height, each pushed below the one above where they would overlap. */
function labels(curve: Curve, place: Place): string[] {
  const ends = curve.series.flatMap(({ name, points }, index) => {
    const last = points.at(-1);
    return last === undefined
      ? []
      : [{ text: `${name} ${formatFigure(last.y, curve.unit)}`, index, at: place(last) }];
  });
  ends.sort((a, b) => a.at[1] - b.at[1]);
  /** By where lines end: those that end elsewhere are in nobody's way. */
  const lowest = new Map<number, number>();
  return ends.map(({ text, index, at: [x, y] }) => {
    const free = Math.max(y, (lowest.get(x) ?? Number.NEGATIVE_INFINITY) + LABEL_HEIGHT);
    lowest.set(x, free);
    return `<g class="s${index}">${svgText(x + 10, free + 4, text, { className: "label" })}</g>`;
  });
}
