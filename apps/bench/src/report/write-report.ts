import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Results, replaceParts } from "../results.js";
import { chartsOf } from "./charts.js";
import { fillFigures } from "./figures-in-text.js";
import { markdownReport } from "./markdown-report.js";

/**
 * Puts what was measured into `benchmarks/results.json`, makes the page and the charts of it anew, and puts the figures into
 * `performance.md`. Parts that were not measured stay as they are.
 *
 * @param docs the folder `docs`
 */
export function writeReport(docs: string, anew: Results): void {
  const folder = path.join(docs, "benchmarks");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "results.json");
  const results = existsSync(file) ? replaceParts(JSON.parse(readFileSync(file, "utf8")), anew) : anew;
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  for (const [name, text] of reportFiles(results)) writeFileSync(path.join(folder, name), text);
  const page = path.join(docs, "performance.md");
  if (existsSync(page)) writeFileSync(page, fillFigures(readFileSync(page, "utf8"), results));
}

/**
 * What is made of the results, by file name.
 *
 * @internal For its test.
 */
export function reportFiles(results: Results): ReadonlyMap<string, string> {
  return new Map([["README.md", markdownReport(results)], ...chartsOf(results)]);
}
