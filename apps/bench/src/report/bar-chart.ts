import { logScale } from "./log-scale.js";
import { CHARACTER_WIDTH, round, svgDocument, svgLine, svgText } from "./svg.js";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What stands at its end. */
  readonly text: string;
  /** The number of its colour. */
  readonly colour: number;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly bars: readonly Bar[];
  /** How an amount is written at the axis. */
  readonly formatTick: (value: number) => string;
  /** A line across all bars, with what it says. */
  readonly mark?: { readonly value: number; readonly text: string };
}

const WIDTH = 760;
const TOP = 76;
const BOTTOM = 40;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 15;
const RIGHT = 96;
const LONGEST_LABEL = 54;

/** Bars on a logarithmic axis, each labelled with its figure. */
export function barChart({ title, subtitle, bars, formatTick, mark }: BarChart): string {
  const longest = Math.min(LONGEST_LABEL, Math.max(...bars.map(({ label }) => label.length)));
  const left = 30 + longest * CHARACTER_WIDTH;
  const plotWidth = WIDTH - left - RIGHT;
  const bottom = TOP + bars.length * ROW_HEIGHT;
  const values = bars.map(({ value }) => value);
  const scale = logScale(mark === undefined ? values : [...values, mark.value]);
  const xOf = (value: number) => left + scale.position(value) * plotWidth;
  const elements = [
    svgText(20, 28, title, { className: "title" }),
    svgText(20, 48, subtitle, { className: "faint" }),
    ...scale.ticks.flatMap((tick) => [
      svgLine("grid", xOf(tick), TOP - 6, xOf(tick), bottom),
      svgText(xOf(tick), bottom + 20, formatTick(tick), { className: "faint", anchor: "middle" }),
    ]),
    ...bars.flatMap((bar, index) => drawBar(bar, TOP + index * ROW_HEIGHT, left, xOf(bar.value))),
  ];
  if (mark !== undefined) {
    elements.push(svgLine("mark", xOf(mark.value), TOP - 6, xOf(mark.value), bottom));
    elements.push(svgText(xOf(mark.value), TOP - 10, mark.text, { className: "faint", anchor: "middle" }));
  }
  return svgDocument(WIDTH, bottom + BOTTOM, title, elements);
}

function drawBar({ label, text, colour }: Bar, top: number, left: number, end: number): string[] {
  const baseline = top + BAR_HEIGHT - 3;
  const shown = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
  return [
    svgText(left - 10, baseline, shown, { anchor: "end" }),
    `<g class="s${colour}"><rect class="bar" x="${round(left)}" y="${round(top)}" width="${round(Math.max(2, end - left))}" height="${BAR_HEIGHT}" rx="2"/></g>`,
    svgText(Math.max(left + 2, end) + 6, baseline, text),
  ];
}
