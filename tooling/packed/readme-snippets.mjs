import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { compileSnippets } from "../snippets/compile-snippets.mjs";
import { readBlocks } from "../snippets/markdown-blocks.mjs";
import { root } from "../steps.mjs";

/**
 * @typedef {import("../snippets/markdown-blocks.mjs").Block} Block
 * @typedef {import("./stranger.mjs").Stranger} Stranger
 */

/**
 * The blocks of the page that each package brings; the program's comes with that of the repository.
 *
 * @param {Stranger} stranger
 * @param {readonly string[]} names Of the packages.
 * @returns {Map<string, Block[]>}
 */
export function readmeBlocks(stranger, names) {
  return new Map(
    names.map((name) => {
      const own = path.join(stranger.folder, "node_modules", name, "README.md");
      const pages = name === "agent-sessions" ? [own, path.join(root, "README.md")] : [own];
      // Whether it brings one is for others to check.
      const there = pages.filter((page) => existsSync(page));
      return [name, there.flatMap((page) => readBlocks(page, readFileSync(page, "utf8")))];
    }),
  );
}

/**
 * Compiles the programs of all pages, strictly. Together, because most of the time goes into what they import.
 *
 * @param {Stranger} stranger
 * @param {Map<string, Block[]>} blocks
 */
export function compilePrograms(stranger, blocks) {
  const programs = [...blocks.values()]
    .flat()
    .filter(({ language, exemption }) => /^[tj]s$/.test(language) && exemption?.kind !== "not compiled");
  return compileSnippets(programs, stranger);
}

/**
 * Runs what may be run of the programs of one page.
 *
 * @param {Stranger} stranger
 * @param {readonly Block[]} blocks
 * @param {Map<Block, import("../snippets/compile-snippets.mjs").Snippet>} snippets
 * @throws {Error} For the first one that did not compile or does not end well.
 */
export async function runPrograms(stranger, blocks, snippets) {
  for (const block of blocks) {
    const snippet = snippets.get(block);
    if (snippet === undefined) continue;
    if (snippet.problems.length > 0) throw new Error(snippet.problems.join("\n"));
    if (block.exemption !== null) continue;
    const { exitCode, output } = await stranger.node([snippet.program], { cwd: snippet.folder });
    if (exitCode !== 0) throw new Error(`${block.page}:${block.line} ended with ${exitCode}:\n${output}`);
  }
}

/**
 * Types the shell commands among these blocks, one after another in one folder.
 *
 * @param {Stranger} stranger
 * @param {readonly Block[]} blocks
 * @param {string} name The name of that folder.
 * @throws {Error} For the first one that fails.
 */
export async function typeCommands(stranger, blocks, name) {
  const cwd = stranger.addFolder(`shell-${name.replaceAll(/\W+/g, "-")}`);
  for (const block of blocks.filter(({ language, exemption }) => language === "sh" && exemption === null)) {
    const { exitCode, output } = await stranger.shell(block.code, { cwd });
    if (exitCode !== 0) throw new Error(`${block.page}:${block.line} ended with ${exitCode}:\n${output}`);
  }
}
