import path from "node:path";
import { Script } from "node:vm";
import type { CodeFile } from "./code-file.js";
import { readWhole } from "./read-whole.js";

type Run = (
  exports: unknown,
  require: NodeJS.Require,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

/** V8 forgets for kept code how to import, which is all that this one does. */
const LOADED_BY_NODE = "./import-module.cjs";

const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const BEHIND = "\n})";

/**
 * Loads chunks by their names, each once. Node's own loader would look for each file, for what it links to and for the `package.json` above it; all
 * chunks lie in one folder, so that one `require` finds everything else for all of them.
 */
export function chunkLoader(
  folder: string,
  code: CodeFile,
  ownRequire: NodeJS.Require,
): (name: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (name: string): unknown => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    // Before it runs, for chunks that load each other.
    loaded.set(name, module);
    try {
      const filename = path.join(folder, name);
      compileKept(code, name, filename)(module.exports, chunkRequire, module, filename, folder);
    } catch (error) {
      loaded.delete(name);
      throw error;
    }
    return module.exports;
  };
  const requireAny = (specifier: string): unknown =>
    specifier.startsWith("./") && specifier !== LOADED_BY_NODE
      ? load(specifier.slice(2))
      : ownRequire(specifier);
  const chunkRequire: NodeJS.Require = Object.assign(requireAny, ownRequire);
  return load;
}

function compileKept(code: CodeFile, name: string, filename: string): Run {
  const cachedData = code.get(name);
  const script = new Script(wrappedSource(filename), { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected === true) code.add(name, script);
  return script.runInThisContext() as Run;
}

/** The build sees to it that a chunk is ASCII, which is taken as it is. */
function wrappedSource(filename: string): string {
  return readWhole(filename, BEFORE, BEHIND).toString("latin1");
}
