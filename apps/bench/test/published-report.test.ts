import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fillFigures, withoutFigures } from "../src/report/figures-in-text.js";
import { reportFiles } from "../src/report/write-report.js";
import type { Results } from "../src/results.js";

const docs = fileURLToPath(new URL("../../../docs/", import.meta.url));
const read = (name: string) => readFileSync(path.join(docs, name), "utf8");
const results = JSON.parse(read("benchmarks/results.json")) as Results;

test("docs/benchmarks holds what results.json makes, and nothing else", () => {
  const made = reportFiles(results);
  expect(readdirSync(path.join(docs, "benchmarks")).sort()).toEqual(["results.json", ...made.keys()].sort());
  for (const [name, text] of made) expect(read(`benchmarks/${name}`), name).toBe(text);
});

test("docs/performance.md quotes the figures of results.json", () => {
  const page = read("performance.md");
  expect(page).toBe(fillFigures(page, results));
});

test("docs/performance.md has no measured figure that was written by hand", () => {
  expect(withoutFigures(read("performance.md")).match(/\d\s*(ms|µs|seconds?|×|\/s)/g)).toBeNull();
});
