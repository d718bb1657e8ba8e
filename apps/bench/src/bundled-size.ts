import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The size of core's main entry as a browser would load it, in kB: without what it imports only later, when asked to. */
export async function bundledSizeKB(): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("@agent-sessions/core"))],
    absWorkingDir: "/",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    outdir: "/bundled",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const outputs = metafile.outputs;
  const entry = Object.keys(outputs).find((name) => outputs[name]?.entryPoint?.endsWith("/dist/index.js"));
  if (entry === undefined) throw new Error("The bundle has no entry.");
  const loaded = new Set([entry]);
  for (const name of loaded) {
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && path in outputs) loaded.add(path);
    }
  }
  const files = outputFiles.filter(({ path }) => loaded.has(path.slice(1)));
  return files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000;
}
