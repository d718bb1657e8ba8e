import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import manifest from "../../package.json" with { type: "json" };
import { CodeFile } from "./code-file.js";

type Run = (
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  filename: string,
  folder: string,
) => void;

/**
 * Compiles the chunks of this program, which are CommonJS, from the code that is kept in `file`, and keeps there what was not when the
 * process ends well. V8 compiles anew what does not fit its version, its flags or the source's length.
 */
export function keepChunks(file: string): void {
  const program = fileURLToPath(import.meta.url);
  const build = buildOf(program);
  if (build === null) return;
  const code = CodeFile.read(file, build);
  // Deprecated in favour of Node's cache, but what there is where Node has none.
  const { extensions } = createRequire(import.meta.url);
  const { ".js": compile } = extensions;
  extensions[".cjs"] = (module, filename) => {
    // A config file or a harness of the user's may change at any time.
    if (path.dirname(filename) === path.dirname(program)) compileKept(code, module, filename);
    else compile(module, filename);
  };
  process.on("exit", (exitCode) => {
    if (exitCode === 0) code.save();
  });
}

function compileKept(code: CodeFile, module: NodeJS.Module, filename: string): void {
  const source = readFileSync(filename, "utf8");
  const name = path.basename(filename);
  const cachedData = code.get(name);
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  const script = new Script(wrapped, { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected === true) code.add(name, script);
  const run = script.runInThisContext() as Run;
  const { exports } = module as { readonly exports: unknown };
  // What `node:module` exports; to load that takes a millisecond, and adds nothing that is needed here.
  const { createRequire: requireOf } = module.constructor as unknown as {
    createRequire: typeof createRequire;
  };
  run.call(exports, exports, requireOf(filename), module, filename, path.dirname(filename));
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
