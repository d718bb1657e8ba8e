import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { root } from "../steps.mjs";

test("docs/errors.md has one heading for each code, in the order of the code list, and no other", async () => {
  const core = pathToFileURL(path.join(root, "packages/core/dist/index.js")).href;
  const { SESSION_STORE_ERROR_CODES } = await import(core);
  const page = readFileSync(path.join(root, "docs/errors.md"), "utf8");
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(SESSION_STORE_ERROR_CODES.map((/** @type {string} */ code) => `\`${code}\``));
});
