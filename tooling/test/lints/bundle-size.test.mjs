import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { bundleSize } from "../../lints/bundle-size.mjs";
import { entriesOf, publishedPackages } from "../../lints/published-packages.mjs";
import { root } from "../../steps.mjs";

/** Of an entry that has none of its own in the list, such as a new adapter's; what the largest adapter may have. */
const DEFAULT_BUDGET_BYTES = 30_000;

/** @type {Readonly<Record<string, number>>} */
const budgets = JSON.parse(readFileSync(path.join(root, "tooling/lints/size-budgets.json"), "utf8"));
const entries = publishedPackages(root).flatMap((published) => entriesOf(root, published));

test.each(entries)("$specifier keeps to its size, minified and compressed", async ({ specifier, file }) => {
  const budget = budgets[specifier] ?? DEFAULT_BUDGET_BYTES;
  const size = await bundleSize(file);
  expect(size, `more than its ${budget} bytes in tooling/lints/size-budgets.json`).toBeLessThanOrEqual(
    budget,
  );
});

test("a budget belongs to an entry that there is, and the main entry of core has at most 15 kB", () => {
  const specifiers = entries.map(({ specifier }) => specifier);
  expect(Object.keys(budgets).filter((specifier) => !specifiers.includes(specifier))).toEqual([]);
  expect(budgets["@agent-sessions/core"]).toBeLessThanOrEqual(15_000);
});

test("bundleSize() counts what is loaded with a file, and neither other packages nor what is loaded later", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-size-"));
  try {
    const write = (/** @type {string} */ name, /** @type {string} */ text) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const noise = Array.from(
      { length: 200 },
      (_, index) => `export const name${index} = "${Math.sin(index)}";`,
    );
    write("part.js", noise.join("\n"));
    const alone = write("alone.js", "export const a = 1;");
    const later = write("later.js", 'export const a = () => import("./part.js");');
    const beside = write("beside.js", 'export * from "some-package"; export const a = 1;');
    const together = write("together.js", 'export * from "./part.js"; export const a = 1;');
    const sizes = await Promise.all([alone, later, beside, together].map(bundleSize));
    expect(sizes.map((size) => (size < 200 ? "small" : "large"))).toEqual([
      "small",
      "small",
      "small",
      "large",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
