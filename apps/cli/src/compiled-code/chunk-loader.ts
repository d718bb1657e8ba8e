import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { Script } from "node:vm";
import type { CodeFile } from "./code-file.js";

type Run = (
  exports: unknown,
  require: NodeJS.Require,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const BEHIND = "\n})";

/**
 * Loads chunks by their names, each once. Node's own loader would look for each file, for what it links to and for the `package.json` above it; all
 * chunks lie in one folder, so that one `require` finds everything else for all of them.
 *
 * @param program the chunk that has been loaded by `ownRequire` already
 */
export function chunkLoader(
  program: string,
  code: CodeFile,
  ownRequire: NodeJS.Require,
): (name: string) => unknown {
  const folder = path.dirname(program);
  const loaded = new Map<string, { exports: unknown }>([
    [path.basename(program), { exports: ownRequire(program) }],
  ]);
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
    specifier.startsWith("./") ? load(specifier.slice(2)) : ownRequire(specifier);
  const chunkRequire: NodeJS.Require = Object.assign(requireAny, ownRequire);
  return load;
}

function compileKept(code: CodeFile, name: string, filename: string): Run {
  const cachedData = code.get(name);
  const script = new Script(wrappedSource(filename), { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected === true) code.add(name, script);
  return script.runInThisContext() as Run;
}

/**
 * The source as the body of a function. The build sees to it that a chunk is ASCII, which is taken as it is, and the wrapper is put around the
 * bytes: around the text, V8 would copy half a megabyte once more, and collect garbage for it.
 */
function wrappedSource(filename: string): string {
  const descriptor = openSync(filename, "r");
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.allocUnsafeSlow(BEFORE.length + size + BEHIND.length);
    bytes.write(BEFORE, "latin1");
    const read = readSync(descriptor, bytes, BEFORE.length, size, 0);
    if (read < size)
      throw new Error(`${filename} could not be read as a whole. Install agent-sessions again.`);
    bytes.write(BEHIND, BEFORE.length + size, "latin1");
    return bytes.toString("latin1");
  } finally {
    closeSync(descriptor);
  }
}
