import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const EXCERPT = /<!-- not compiled: an excerpt of (\S+) -->\n```ts\n([^`]*?)\n```/g;

const read = (name: string): string => readFileSync(fileURLToPath(new URL(name, ROOT)), "utf8");
const excerpts = [...read("docs/writing-an-adapter.md").matchAll(EXCERPT)];

describe("docs/writing-an-adapter.md shows what is in", () => {
  it.each(excerpts.map(([, file = "", code = ""]) => [file, code] as const))("%s", (file, code) => {
    expect(read(file)).toContain(`\n${code}\n`);
  });
});

it("every block that is not compiled is such an excerpt", () => {
  const exempted = read("docs/writing-an-adapter.md").match(/<!-- not compiled:/g) ?? [];
  expect(excerpts.length).toBe(exempted.length);
  expect(excerpts.length).toBeGreaterThan(0);
});
