import path from "node:path";
import { build, type Plugin } from "esbuild";
import { type Chunk, closureOf, readChunks } from "./chunk-graph.js";

/** A file for what is loaded together. */
export interface MergedFile {
  /** The end of the path of the module that is imported as a whole. */
  readonly entry: string;
  /**
   * Further ones: what two of them need at once comes along as well. In the file of one of them, it would be loaded with that one by the
   * other.
   */
  readonly commonTo?: readonly string[];
}

type Chunks = ReadonlyMap<string, Chunk>;
/** By the name of a chunk: the name of the chunk whose file it goes into. */
type Homes = ReadonlyMap<string, string>;

/**
 * Puts chunks that are loaded together into one file, in the order of `merged`: a chunk goes into the first that needs it at once. esbuild
 * makes a chunk of every set of modules that the same entries share, and each costs a search, a read, and a pair of objects with a getter
 * for each name.
 */
export function mergeChunks(merged: readonly MergedFile[]): Plugin {
  return {
    name: "merge-chunks",
    setup({ initialOptions, onEnd }) {
      initialOptions.metafile = true;
      onEnd(async ({ metafile, outputFiles }) => {
        if (metafile === undefined || outputFiles === undefined) return;
        const chunks = readChunks(metafile, outputFiles);
        const homes = homesOf(chunks, merged);
        for (const file of outputFiles.splice(0)) {
          const name = path.basename(file.path);
          const text = await textOf(name, chunks, homes);
          if (text === null) continue;
          outputFiles.push({ ...file, text, contents: new TextEncoder().encode(text) });
        }
      });
    },
  };
}

function homesOf(chunks: Chunks, merged: readonly MergedFile[]): Homes {
  const homes = new Map<string, string>();
  const closureOfEntry = (end: string): ReadonlySet<string> => closureOf(chunks, chunkOf(chunks, end));
  for (const { entry, commonTo = [] } of merged) {
    const home = chunkOf(chunks, entry);
    const needed = commonTo.flatMap((end) => [...closureOfEntry(end)]);
    const common = needed.filter((name, index) => needed.indexOf(name) !== index);
    for (const name of [...closureOf(chunks, home), ...common]) if (!homes.has(name)) homes.set(name, home);
  }
  for (const name of chunks.keys()) if (!homes.has(name)) homes.set(name, name);
  return homes;
}

function chunkOf(chunks: Chunks, end: string): string {
  const found = [...chunks.values()].find(({ entryPoint }) => entryPoint?.endsWith(end) === true);
  if (found === undefined) throw new Error(`No chunk is the one of ${end}.`);
  return found.name;
}

/** The text of a file after merging; null for a chunk that has gone into another's. */
async function textOf(name: string, chunks: Chunks, homes: Homes): Promise<string | null> {
  const chunk = chunks.get(name);
  const home = homes.get(name);
  if (chunk === undefined || home === undefined) return null;
  if (home !== name) return chunk.entryPoint === undefined ? null : forwardTo(home, chunk);
  const members = [...chunks.values()].filter((one) => homes.get(one.name) === name);
  const result = await build({
    stdin: { contents: entryText(chunk, members, chunks, homes), resolveDir: "/" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    write: false,
    plugins: [insideOf(name, chunks, homes)],
  });
  return result.outputFiles[0]?.text ?? null;
}

/** A module that gives what the chunk gave, and what of its file the other files take. */
function entryText(chunk: Chunk, members: readonly Chunk[], chunks: Chunks, homes: Homes): string {
  const outside = [...chunks.values()].filter(({ name }) => homes.get(name) !== chunk.name);
  const further = members.filter((member) => member !== chunk);
  const lines = further.map((member) => {
    // What is imported as a whole stays as a file, which forwards everything.
    const taken =
      member.entryPoint !== undefined
        ? member.exports
        : outside.flatMap(({ imports }) => imports.get(member.name) ?? []);
    const names = [...new Set(taken)].map((one) => `${one} as ${exportedAs(member, one)}`);
    return `export { ${names.join(", ")} } from "./${member.name}";`;
  });
  // A star leaves the default out.
  const whole = chunk.exports.includes("default") ? [`export { default } from "./${chunk.name}";`] : [];
  return [`export * from "./${chunk.name}";`, ...whole, ...lines].join("\n");
}

/** Names of two chunks may be the same. */
function exportedAs({ name }: Chunk, exported: string): string {
  return `${name.replaceAll(/\W/g, "_")}_${exported}`;
}

function forwardTo(home: string, chunk: Chunk): string {
  const names = chunk.exports.map((one) => `${exportedAs(chunk, one)} as ${one}`);
  return `export { ${names.join(", ")} } from "./${home}";`;
}

/** Reads the chunks of one file from memory, and the others' names from the files that they have gone into. */
function insideOf(file: string, chunks: Chunks, homes: Homes): Plugin {
  return {
    name: "inside-of",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /.*/ }, ({ path: specifier, kind, namespace }) => {
        const name = specifier.replace(/^\.\//, "");
        const home = homes.get(name);
        if (home === file && kind === "import-statement") return { path: name, namespace: "inside" };
        const isMoved = home !== undefined && home !== name && namespace !== "forwarded";
        if (isMoved && kind === "import-statement") return { path: name, namespace: "forwarded" };
        return { path: specifier, external: true };
      });
      onLoad({ filter: /.*/, namespace: "inside" }, ({ path: name }) => ({
        contents: chunks.get(name)?.text ?? "",
      }));
      onLoad({ filter: /.*/, namespace: "forwarded" }, ({ path: name }) => {
        const chunk = chunks.get(name);
        const home = homes.get(name);
        if (chunk === undefined || home === undefined) throw new Error(`${name} is no chunk of this build.`);
        return { contents: `import "./${home}";\n${forwardTo(home, chunk)}` };
      });
    },
  };
}
