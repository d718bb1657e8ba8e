import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const STATIC_IMPORT = /^(?:import|export)\s(?:[^"';]*?from\s*)?"([^"]+)"/gm;

// Otherwise the rows of fresh processes would measure nothing.
test("a fresh process has loaded nothing of the stores before its task asks for it", () => {
  const loaded = new Set(["./child.js"]);
  for (const name of loaded) {
    if (!name.startsWith("./")) continue;
    const text = readFileSync(path.join(dist, name), "utf8");
    for (const [, imported = ""] of text.matchAll(STATIC_IMPORT)) loaded.add(imported);
  }
  expect([...loaded].filter((name) => !name.startsWith("./") && !name.startsWith("node:"))).toEqual([]);
});
