import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Results } from "../results.js";
import { chartsOf } from "./charts.js";
import { fillFigures } from "./figures-in-text.js";
import { markdownReport } from "./markdown-report.js";

/**
 * Writes `benchmarks/results.json`, the page and the charts made of it, and puts the new figures into `performance.md`.
 *
 * @param docs the folder `docs`
 */
export function writeReport(docs: string, results: Results): void {
  const folder = path.join(docs, "benchmarks");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
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
