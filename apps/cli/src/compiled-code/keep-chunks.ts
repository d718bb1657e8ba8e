import { statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { chunkLoader } from "./chunk-loader.js";
import { CodeFile } from "./code-file.js";

/**
 * Compiles the chunks of this program, which are CommonJS, from the code that is kept in `file`, and keeps there what was not when the
 * process ends well. V8 compiles anew what does not fit its version, its flags or the source's length.
 */
export function keepChunks(file: string): void {
  const program = fileURLToPath(import.meta.url);
  const build = buildOf(program);
  if (build === null) return;
  const code = CodeFile.read(file, build);
  const ownRequire = createRequire(import.meta.url);
  const load = chunkLoader(program, code, ownRequire);
  // Deprecated in favour of Node's cache, but what there is where Node has none.
  const { extensions } = ownRequire;
  const { ".js": compile } = extensions;
  extensions[".cjs"] = (module, filename) => {
    // A config file or a harness of the user's may change at any time.
    if (path.dirname(filename) === path.dirname(program)) module.exports = load(path.basename(filename));
    else compile(module, filename);
  };
  process.on("exit", (exitCode) => {
    if (exitCode === 0) code.save();
  });
}

/**
 * What tells apart programs and Nodes for which the same code may not do; null where it cannot be told, as when an update has taken Node away
 * meanwhile. Installers may give the files of all versions the same time, and builds of one version differ only in it.
 */
function buildOf(program: string): string | null {
  try {
    const [built, node] = [program, process.execPath].map((file) => statSync(file).mtimeMs);
    return [manifest.version, built, process.version, process.arch, node].join(" ");
  } catch {
    return null;
  }
}
