import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * What an application downloads when it imports `file`: bundled with all that it imports of its own package, minified,
 * and compressed. What it loads later (`import()`) and other packages are left out: those have budgets of their own.
 *
 * @param {string} file Absolute path.
 * @returns {Promise<number>} Bytes.
 */
export async function bundleSize(file) {
  const { outputFiles, metafile } = await build({
    entryPoints: { entry: file },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    minify: true,
    splitting: true,
    metafile: true,
    absWorkingDir: path.dirname(file),
    outdir: "bundled",
    write: false,
    logLevel: "silent",
  });
  const loaded = staticImports(metafile.outputs).map((output) => path.join(path.dirname(file), output));
  const sizes = outputFiles
    .filter((output) => loaded.includes(output.path))
    .map(({ contents }) => gzipSync(contents, { level: 9 }).byteLength);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * @param {import("esbuild").Metafile["outputs"]} outputs
 * @returns {string[]} The entry's output, and those that are loaded together with it.
 */
function staticImports(outputs) {
  const entry = Object.keys(outputs).filter((output) => output.endsWith("entry.js"));
  const loaded = new Set(entry);
  for (const output of loaded) {
    for (const { path: imported, kind, external } of outputs[output]?.imports ?? []) {
      if (kind === "import-statement" && !external) loaded.add(imported);
    }
  }
  return [...loaded];
}
