import { existsSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brokenLinks } from "../snippets/broken-links.mjs";
import { compileSnippets } from "../snippets/compile-snippets.mjs";
import { readBlocks } from "../snippets/markdown-blocks.mjs";
import { pages } from "../snippets/pages.mjs";
import { runCommand } from "../snippets/run-command.mjs";
import { SampleApp } from "../snippets/sample-app.mjs";
import { root } from "../steps.mjs";

/**
 * @typedef {import("../snippets/markdown-blocks.mjs").Block} Block
 * @typedef {import("../snippets/compile-snippets.mjs").Snippet} Snippet
 */

const blocks = pages(root).flatMap((page) => readBlocks(page, readFileSync(path.join(root, page), "utf8")));
const programs = blocks.filter(({ language }) => language === "ts" || language === "js");
const compiled = programs.filter(({ exemption }) => exemption?.kind !== "not compiled");
const scripts = blocks.filter(({ language, exemption }) => language === "sh" && exemption === null);
const documents = blocks.filter(({ language }) => language === "json" || language === "jsonl");

/** @param {Block} block */
const placeOf = (block) => `${block.page}:${block.line}`;

/** @type {SampleApp} */
let app;
/** @type {Map<Block, Snippet>} */
let snippets;

beforeAll(() => {
  app = new SampleApp(root);
  snippets = compileSnippets(compiled, app);
}, 120_000);

afterAll(() => app?.remove());

/** @param {Block} block */
function snippetOf(block) {
  const snippet = snippets.get(block);
  if (snippet === undefined) throw new Error(`${placeOf(block)} was not compiled`);
  return snippet;
}

test("every link within the workspace leads somewhere", () => {
  const broken = pages(root).flatMap((page) => brokenLinks(root, page).map((target) => `${page}: ${target}`));
  expect(broken).toEqual([]);
});

test("only languages that are checked, or that nothing can check, are used", () => {
  const known = ["ts", "js", "sh", "json", "jsonl", "yaml", "sql", "text"];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(placeOf)).toEqual([]);
});

describe("a TypeScript block compiles", () => {
  for (const block of compiled) {
    test(placeOf(block), () => {
      expect(snippetOf(block).problems).toEqual([]);
    });
  }
});

describe("a TypeScript block runs", () => {
  for (const block of compiled.filter(({ exemption }) => exemption === null)) {
    test.concurrent(placeOf(block), async () => {
      const { folder, program } = snippetOf(block);
      const { exitCode, output } = await runCommand(process.execPath, [program], { cwd: folder });
      expect(exitCode, output).toBe(0);
      // An example of an error has to meet that error.
      if (block.page === "docs/errors.md") expect(output).toContain(block.heading);
    }, 70_000);
  }
});

// The blocks of one page follow one another, as a reader types them; so they are one test.
describe.skipIf(process.platform === "win32")(
  "the shell commands of a page run (not on Windows, which has no sh)",
  () => {
    for (const page of new Set(scripts.map((block) => block.page))) {
      test.concurrent(page, async () => {
        const folder = app.addFolder(page.replaceAll(/[^a-z0-9]+/gi, "-"));
        // The page of a program that was built is read beside what was built.
        const built = path.join(root, path.dirname(page), "dist");
        if (existsSync(built)) symlinkSync(built, path.join(folder, "dist"), "junction");
        const env = {
          PATH: `${app.programs}${path.delimiter}${process.env["PATH"] ?? ""}`,
          HOME: folder,
          XDG_CONFIG_HOME: undefined,
          XDG_DATA_HOME: undefined,
          AGENT_SESSIONS_STORE: undefined,
          AGENT_SESSIONS_NAMESPACE: undefined,
        };
        for (const block of scripts.filter((script) => script.page === page)) {
          const { exitCode, output } = await runCommand("sh", ["-euc", block.code], { cwd: folder, env });
          expect(exitCode, `${placeOf(block)}\n${output}`).toBe(0);
        }
      }, 120_000);
    }
  },
);

test("a JSON block parses", () => {
  for (const block of documents) {
    const texts = block.language === "json" ? [block.code] : block.code.split("\n");
    for (const text of texts) expect(() => JSON.parse(text), `${placeOf(block)}: ${text}`).not.toThrow();
  }
});

describe("exempted", () => {
  for (const { exemption, ...block } of blocks) {
    if (exemption === null) continue;
    const line = `${block.page}:${block.line} is ${exemption.kind}: ${exemption.reason}`;
    // Said on stdout too, because reporters leave skipped tests out of what they print.
    process.stdout.write(`${line}\n`);
    test.skip(line, () => undefined);
  }
});
