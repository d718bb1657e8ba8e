import path from "node:path";
import type { Metafile, OutputFile } from "esbuild";

/** One file of esbuild's output. */
export interface Chunk {
  /** Without a folder. */
  readonly name: string;
  readonly text: string;
  /** What it is the chunk of, where something imports it as a whole. */
  readonly entryPoint: string | undefined;
  /** Every name that other chunks, or the importers of the whole, may take from it. */
  readonly exports: readonly string[];
  /** Names of the chunks that it imports at once, in their order, and what it takes from each. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/** `import { a, b as c } from "./chunk-X.cjs";` or `import "./chunk-X.cjs";`, as esbuild writes it. */
const IMPORT = /^import (?:\{([^}]*)\} from )?"\.\/([^"]+)";$/gm;

/** The chunks of a build by their names. */
export function readChunks(
  metafile: Metafile,
  outputFiles: readonly OutputFile[],
): ReadonlyMap<string, Chunk> {
  const texts = new Map(outputFiles.map(({ path: file, text }) => [path.basename(file), text]));
  const chunks = Object.entries(metafile.outputs).map(([file, { entryPoint, exports }]): Chunk => {
    const name = path.basename(file);
    const text = texts.get(name) ?? "";
    return { name, text, entryPoint, exports, imports: importsOf(text) };
  });
  return new Map(chunks.map((chunk) => [chunk.name, chunk]));
}

function importsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const imports = new Map<string, readonly string[]>();
  for (const [, list = "", name = ""] of text.matchAll(IMPORT)) {
    const names = list.split(",").map((one) => one.trim().replace(/ as .*$/s, ""));
    imports.set(name, [...(imports.get(name) ?? []), ...names.filter((one) => one !== "")]);
  }
  return imports;
}

/** The chunk and all that it needs at once. */
export function closureOf(chunks: ReadonlyMap<string, Chunk>, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (one: string): void => {
    if (found.has(one)) return;
    found.add(one);
    for (const imported of chunks.get(one)?.imports.keys() ?? []) visit(imported);
  };
  visit(name);
  return found;
}
