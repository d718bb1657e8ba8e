import { writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/**
 * @typedef {import("./markdown-blocks.mjs").Block} Block
 * @typedef {import("./sample-app.mjs").SampleApp} SampleApp
 *
 * @typedef {object} Snippet A block, compiled.
 * @property {string} folder Its own; nothing else is in it.
 * @property {string} program The compiled file in that folder.
 * @property {readonly string[]} problems What the compiler says against it, each with its place in the page.
 */

/** As strict as the packages themselves are, but for declarations, which a snippet has no use for. */
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  noUnusedLocals: false,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
};

/**
 * Compiles blocks of TypeScript and JavaScript in the application, each in a folder and a module of its own.
 *
 * @param {readonly Block[]} blocks
 * @param {SampleApp} app
 * @returns {Map<Block, Snippet>}
 */
export function compileSnippets(blocks, app) {
  /** @type {Map<string, Block>} */
  const sources = new Map();
  for (const [index, block] of blocks.entries()) {
    const source = path.join(
      app.addFolder(`snippet-${index}`),
      `snippet.${block.language === "js" ? "mjs" : "mts"}`,
    );
    writeFileSync(source, `${prefixOf(block)}${block.code}\n`);
    sources.set(source, block);
  }
  const compiler = ts.createProgram([...sources.keys()], {
    ...OPTIONS,
    typeRoots: [path.join(app.folder, "node_modules", "@types")],
    outDir: path.join(app.folder, "compiled"),
    rootDir: app.folder,
  });
  /** @type {Map<Block, Snippet>} */
  const snippets = new Map();
  for (const [source, block] of sources) {
    const file = compiler.getSourceFile(source);
    if (file === undefined) throw new Error(`${source} did not reach the compiler`);
    const diagnostics = [
      ...compiler.getOptionsDiagnostics(),
      ...compiler.getSyntacticDiagnostics(file),
      ...compiler.getSemanticDiagnostics(file),
    ];
    const folder = path.dirname(source);
    const program = path.join(folder, "compiled.mjs");
    compiler.emit(file, (_name, text) => writeFileSync(program, text));
    snippets.set(block, {
      folder,
      program,
      problems: diagnostics.map((problem) => describe(problem, block)),
    });
  }
  return snippets;
}

/** @param {Block} block */
function prefixOf(block) {
  return block.setup === "" ? "" : `${block.setup}\n`;
}

/**
 * @param {ts.Diagnostic} problem
 * @param {Block} block
 */
function describe(problem, block) {
  const text = ts.flattenDiagnosticMessageText(problem.messageText, "\n");
  if (problem.file === undefined || problem.start === undefined) return text;
  const { line } = problem.file.getLineAndCharacterOfPosition(problem.start);
  const shown = line - (prefixOf(block).split("\n").length - 1);
  const place = shown < 0 ? `the setup of ${block.page}` : `${block.page}:${block.line + shown}`;
  return `${place}: TS${problem.code}: ${text}`;
}
