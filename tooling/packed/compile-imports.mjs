import path from "node:path";
import ts from "typescript";
import { entryPoints } from "./import-package.mjs";

/**
 * @typedef {import("./pack-packages.mjs").Manifest} Manifest
 * @typedef {"NodeNext" | "Bundler"} Resolution
 */

/** As strict as an application can be: declarations of the packages are checked as well. */
const STRICT = {
  target: ts.ScriptTarget.ES2022,
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: false,
  skipLibCheck: false,
  // Those of the compiler itself are not ours, and take it several seconds.
  skipDefaultLibCheck: true,
  noEmit: true,
};

/** How an application may have its imports resolved, and which kinds of files it then has. */
const RESOLUTIONS = {
  NodeNext: {
    extensions: ["mts", "cts"],
    options: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  },
  Bundler: {
    extensions: ["ts"],
    options: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  },
};

/**
 * What the compiler says against an application that imports every entry point of these packages. A message is given to the package
 * whose declarations it lies in; one that lies elsewhere, to all.
 *
 * @param {import("./stranger.mjs").Stranger} stranger
 * @param {readonly Manifest[]} manifests
 * @param {Resolution} resolution
 * @returns {Map<string, string[]>} By the name of the package.
 */
export function compileImports(stranger, manifests, resolution) {
  const { extensions, options } = RESOLUTIONS[resolution];
  const sources = manifests.flatMap((manifest) =>
    extensions.map((extension) => {
      const source = path.join(resolution, `${manifest.name.replaceAll(/\W/g, "-")}.${extension}`);
      stranger.write(source, sourceOf(manifest));
      return { name: manifest.name, file: path.join(stranger.folder, source) };
    }),
  );
  const program = ts.createProgram(
    sources.map(({ file }) => file),
    { ...STRICT, ...options, typeRoots: [path.join(stranger.folder, "node_modules", "@types")] },
  );
  const problems = ts.getPreEmitDiagnostics(program).map((problem) => {
    const file = problem.file?.fileName ?? "";
    const owner =
      sources.find((source) => path.resolve(file) === source.file)?.name ??
      manifests.find(({ name }) => file.includes(`/node_modules/${name}/`))?.name;
    return {
      owner,
      text: `${file}: TS${problem.code}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`,
    };
  });
  return new Map(
    manifests.map(({ name }) => {
      const own = problems.filter(({ owner }) => owner === undefined || owner === name);
      return [name, own.map(({ text }) => text)];
    }),
  );
}

/** @param {Manifest} manifest */
function sourceOf(manifest) {
  const entries = entryPoints(manifest);
  const imports = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};`);
  return `${imports.join("\n")}\nexport const used = [${entries.map((_, index) => `entry${index}`).join(", ")}];\n`;
}
