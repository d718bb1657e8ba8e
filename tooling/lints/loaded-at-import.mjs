import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const hook = new URL("record-loads.mjs", import.meta.url).href;
/** The hook sees imports. What is taken from Node in other ways shows only in what Node has loaded by the end. */
const recording = `
const { builtinModules, register } = process.getBuiltinModule("node:module");
const { writeSync } = process.getBuiltinModule("node:fs");
register(${JSON.stringify(hook)});
const before = new Set(process.moduleLoadList);
process.on("exit", () => {
  for (const loaded of process.moduleLoadList) {
    const name = loaded.replace("NativeModule ", "");
    if (!before.has(loaded) && builtinModules.includes(name)) writeSync(1, "node:" + name + "\\n");
  }
});`;

/**
 * @typedef {object} Loaded
 * @property {string[]} builtIns Modules of Node itself that are imported, or that Node had not loaded by itself; sorted.
 * @property {string[]} packages Other packages, sorted.
 * @property {string[]} sources The package's own source files, relative to its folder, sorted.
 */

/**
 * What importing a file brings into a fresh process, before anything is called.
 *
 * @param {string} file Absolute path of a built entry.
 * @returns {Promise<Loaded>}
 */
export async function loadedAtImport(file) {
  const { stdout } = await run(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(recording)}`, file],
    { env: { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" } },
  );
  const urls = stdout.trim().split("\n");
  const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  const dist = path.dirname(file);
  return {
    builtIns: sorted(urls.filter((url) => url.startsWith("node:"))),
    packages: sorted(files.flatMap(packageName)),
    sources: sorted(files.filter((loaded) => path.dirname(loaded) === dist).flatMap(sourcesOf)),
  };
}

/**
 * The package that a file was installed with; none for those of the workspace.
 *
 * @param {string} file
 */
function packageName(file) {
  const [, inside] =
    file
      .split(path.sep)
      .join("/")
      .match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//) ?? [];
  return inside === undefined ? [] : [inside];
}

/**
 * What a built file was made of, by its source map.
 *
 * @param {string} built
 * @returns {string[]}
 */
function sourcesOf(built) {
  const { sources } = JSON.parse(readFileSync(`${built}.map`, "utf8"));
  return sources.map((/** @type {string} */ source) => source.replace(/^(?:\.\.\/)+/, ""));
}

/** @param {readonly string[]} names */
function sorted(names) {
  return [...new Set(names)].sort();
}
