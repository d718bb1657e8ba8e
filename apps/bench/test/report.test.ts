import { describe, expect, test } from "vitest";
import { formatFigure, formatRatio } from "../src/format-figures.js";
import { chartsOf } from "../src/report/charts.js";
import { fillFigures, withoutFigures } from "../src/report/figures-in-text.js";
import { logScale } from "../src/report/log-scale.js";
import { markdownReport } from "../src/report/markdown-report.js";
import { sampleMeasurement, sampleResults } from "./sample-results.js";

test.each([
  [0.012_34, "ms", "12.3 µs"],
  [0.1, "ms", "0.1 ms"],
  [12.345, "ms", "12.3 ms"],
  [1234.5, "ms", "1,235 ms"],
  [33_800, "ms", "33.8 s"],
  [0, "MB", "0 MB"],
  [1234, "/s", "1,234 /s"],
])("formatFigure() shows %s %s as %s", (value, unit, text) => {
  expect(formatFigure(value, unit)).toBe(text);
});

test("formatRatio() shows what matters of a ratio", () => {
  expect([formatRatio(1.234), formatRatio(12.34), formatRatio(1234)]).toEqual([
    "1.23 ×",
    "12.3 ×",
    "1,234 ×",
  ]);
});

describe("logScale()", () => {
  test("holds all values in whole decades", () => {
    const scale = logScale([0.05, 15]);
    expect(scale.ticks.map((tick) => tick.toPrecision(1))).toEqual(["0.01", "0.1", "1", "1e+1", "1e+2"]);
    expect([scale.position(0.01), scale.position(1), scale.position(100)]).toEqual([0, 0.5, 1]);
  });

  test("has a decade for one value, and for values on its ends", () => {
    expect(logScale([10]).ticks).toEqual([10, 100]);
    expect(logScale([10, 1000]).ticks).toEqual([10, 100, 1000]);
  });
});

describe("markdownReport()", () => {
  const report = markdownReport(sampleResults);

  test("says where it was measured, and how every row came out", () => {
    expect(report).toContain(
      "Measured 2026-01-31 on A <fast> processor, 2 cores, 8 GiB, Linux 6 x64, ext4; node 20.19.0.",
    );
    expect(report).toContain("1 met, 0 within tolerance, 1 missed");
    expect(report).toMatch(/`json\/append`.*1\.20 × \[1\.10, 1\.30\] \| ≤ 1\.4 × \+ 10 % \| met/);
    expect(report).toMatch(/`core\/size`.*≤ 15 kB \| MISSED/);
  });

  test("says so where parts were measured apart, or with fewer sessions", () => {
    const measured = {
      ...sampleResults.measured,
      curves: { ...sampleMeasurement, measuredAt: "2026-02-01", scale: 0.1 },
    };
    const report = markdownReport({ ...sampleResults, measured });
    expect(report).toContain("- the budget, memory and space, what people use: 2026-01-31 on A <fast>");
    expect(report).toMatch(/- growth: 2026-02-01 on .* \*\*Not a full run\*\*: with 10 % /);
  });

  test("puts the ratio to ours behind a peer's figure, and what it promises beside its version", () => {
    expect(report).toMatch(/\| keyv on SQLite \| .*0\.5 ms \(10 ×\)/);
    expect(report).toContain(
      "| keyv on SQLite | keyv 5.6.0 | yes | yes | nothing \\| lost | index | index |",
    );
  });

  test("gives every line of a table as many cells as its head", () => {
    for (const table of report
      .trimEnd()
      .split("\n\n")
      .filter((block) => block.startsWith("| "))) {
      const cells = table.split("\n").map((line) => line.replaceAll("\\|", "").split("|").length);
      expect(new Set(cells).size, table).toBe(1);
    }
  });

  test("shows every chart that is drawn, and no other", () => {
    const shown = [...report.matchAll(/!\[\]\((.*?)\)/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual([...chartsOf(sampleResults).keys()].sort());
  });

  test("leaves out the parts that were not measured", () => {
    const report = markdownReport({ ...sampleResults, curves: [], tables: [], peers: [] });
    expect(report.match(/^## .*$/gm)).toEqual(["## Against the limit"]);
  });
});

describe("a chart", () => {
  for (const [name, svg] of chartsOf(sampleResults)) {
    test(`${name} is well formed, has no lost coordinate, and can be read on light and dark pages`, () => {
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).toContain("prefers-color-scheme: dark");
      expect(unclosedElements(svg)).toEqual([]);
    });
  }

  test("escapes what it is given", () => {
    expect(chartsOf(sampleResults).get("by-length.svg")).toContain("Appends &amp; lengths");
  });

  test("keeps the labels of lines apart that end in the same place", () => {
    const svg = chartsOf(sampleResults).get("by-length.svg") ?? "";
    const heights = [...svg.matchAll(/class="label" x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    heights.sort((a, b) => a - b);
    expect(heights).toHaveLength(3);
    for (const [index, y] of heights.slice(1).entries())
      expect(y - (heights[index] ?? 0)).toBeGreaterThanOrEqual(17);
  });
});

describe("fillFigures()", () => {
  test.each([
    ["budget/json/append/ours", "0.3 ms"],
    ["budget/json/append/limit", "0.25 ms"],
    ["budget/json/append/value", "1.20 ×"],
    ["budget/core/size/value", "18 kB"],
    ["curve/by-length/whole file/1000", "15 ms"],
    ["table/disk/json/0", "310 B"],
    ["table/disk/json/1", "1.25 ×"],
    ["peer/keyv/appendAtEndMs", "0.5 ms"],
    ["peer/keyv/appendAtEndMs/ratio", "10 ×"],
  ])("puts in %s", (name, text) => {
    const page = `It takes <!-- figure: ${name} -->9 s<!-- / --> today.`;
    expect(fillFigures(page, sampleResults)).toBe(
      `It takes <!-- figure: ${name} -->${text}<!-- / --> today.`,
    );
  });

  test.each([
    "budget/json/append/p99",
    "curve/by-length/json/11",
    "table/disk/json/7",
    "peer/keyv/price",
    "weather",
  ])("refuses %s, which nobody measured", (name) => {
    expect(() => fillFigures(`<!-- figure: ${name} --><!-- / -->`, sampleResults)).toThrow(RangeError);
  });

  test("finds a figure by the size that the page speaks of in a run with a part of the sizes too", () => {
    const curves = sampleResults.curves.map((curve) => ({
      ...curve,
      series: [{ name: "json", points: [{ x: 10, y: 4 }] }],
    }));
    const page = "<!-- figure: curve/by-length/json/1000 --><!-- / -->";
    const measured = { ...sampleResults.measured, curves: { ...sampleMeasurement, scale: 0.01 } };
    expect(fillFigures(page, { ...sampleResults, curves, measured })).toContain("4 ms");
  });

  test("says so where a run left out the whole part", () => {
    const page = "<!-- figure: peer/keyv/listMs --><!-- / -->";
    expect(withoutFigures(fillFigures(page, { ...sampleResults, peers: [] }))).toBe("");
    expect(fillFigures(page, { ...sampleResults, peers: [] })).toContain("not measured");
  });

  test("withoutFigures() leaves what was written by hand", () => {
    expect(withoutFigures("a <!-- figure: x -->1 ms<!-- / --> b 2 ms")).toBe("a  b 2 ms");
  });
});

/** The names of elements that are opened and not closed, or the other way round. */
function unclosedElements(svg: string): string[] {
  const open: string[] = [];
  for (const [, end, name = "", selfClosed] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (selfClosed === "/") continue;
    if (end === "") open.push(name);
    else if (open.pop() !== name) return [name];
  }
  return open;
}
