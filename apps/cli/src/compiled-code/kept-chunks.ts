import { statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { chunkLoader } from "./chunk-loader.js";
import { CodeFile } from "./code-file.js";

/** The chunk that loads all others, and the only one whose name stays the same from build to build. */
export const MAIN_CHUNK = "main.cjs";

/**
 * A loader of the chunks of this program, which are CommonJS. It compiles them from the code that is kept in `file`, and keeps there what was
 * not when the process ends well; V8 compiles anew what does not fit its version, its flags or the source's length. Null where nothing can
 * be kept.
 */
export function keptChunks(file: string): ((name: string) => unknown) | null {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const build = buildOf(path.join(folder, MAIN_CHUNK));
  if (build === null) return null;
  const code = CodeFile.read(file, build);
  process.on("exit", (exitCode) => {
    if (exitCode === 0) code.save();
  });
  return chunkLoader(folder, code, createRequire(import.meta.url));
}

/**
 * What tells apart programs and Nodes for which the same code may not do; null where it cannot be told, as when an update has taken Node away
 * meanwhile. Installers may give the files of all versions the same time, and builds of one version differ only in it.
 */
function buildOf(main: string): string | null {
  try {
    const [built, node] = [main, process.execPath].map((file) => statSync(file).mtimeMs);
    return [manifest.version, built, process.version, process.arch, node].join(" ");
  } catch {
    return null;
  }
}
