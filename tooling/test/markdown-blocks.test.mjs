import { describe, expect, test } from "vitest";
import { readBlocks } from "../snippets/markdown-blocks.mjs";

/** @param {readonly string[]} lines */
const read = (...lines) => readBlocks("page.md", lines.join("\n"));

describe("readBlocks()", () => {
  test("gives each block with its place, its language and its code", () => {
    const common = { page: "page.md", heading: "The page", setup: "", exemption: null };
    expect(read("# The `page`", "", "```ts", "one();", "two();", "```", "", "```sh", "ls", "```")).toEqual([
      { ...common, line: 4, language: "ts", code: "one();\ntwo();" },
      { ...common, line: 9, language: "sh", code: "ls" },
    ]);
  });

  test("takes the indentation of a block in a list off its code", () => {
    const [block] = read("- like this:", "  ```ts", "  if (a) {", "    b();", "  }", "  ```");
    expect(block?.code).toBe("if (a) {\n  b();\n}");
  });

  test("reads an exemption directly above a block, and no other comment", () => {
    const blocks = read(
      "<!-- not run: needs a network -->",
      "```sh",
      "npm install",
      "```",
      "<!-- not run: too far away -->",
      "",
      "```sh",
      "ls",
      "```",
    );
    expect(blocks.map((block) => block.exemption)).toEqual([
      { kind: "not run", reason: "needs a network" },
      null,
    ]);
  });

  test("puts a setup before the blocks below it, up to the next setup", () => {
    const blocks = read(
      "```ts",
      "a",
      "```",
      "<!-- setup",
      "const x = 1;",
      "-->",
      "```ts",
      "b",
      "```",
      "<!-- setup",
      "-->",
      "```ts",
      "c",
      "```",
    );
    expect(blocks.map((block) => block.setup)).toEqual(["", "const x = 1;", ""]);
  });

  test.each([
    ["a block without a language", ["```", "code", "```"]],
    ["a block that never ends", ["```ts", "code"]],
    ["a setup that never ends", ["<!-- setup", "code"]],
    ["an exemption without a reason", ["<!-- not run: -->", "```sh", "ls", "```"]],
  ])("refuses %s", (_what, lines) => {
    expect(() => read(...lines)).toThrow(/^page\.md:1: /);
  });
});
