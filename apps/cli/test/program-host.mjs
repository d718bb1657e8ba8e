import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Script } from "node:vm";

/**
 * Runs the built program again and again in this one process, which takes a tenth of the processor time that starting Node for each would.
 * Each run is a program of its own: every one of its modules anew, with its own arguments, environment, working folder and files as stdout
 * and stderr. What is a matter of processes, such as signals, pipes and the start itself, is for tests that start it.
 *
 * @typedef {object} HostedRun
 * @property {readonly string[]} argv As `process.argv` is to be.
 * @property {string} cwd
 * @property {Readonly<Record<string, string>>} env
 */

const [folder = "", outputFolder = ""] = process.argv.slice(2);
const nodeRequire = createRequire(path.join(folder, "main.cjs"));
const OUTPUTS = ["stdout", "stderr"].map((name) => path.join(outputFolder, name));

/** V8 does not let code that was compiled as a script import anything. */
const LOADED_BY_NODE = "./import-module.cjs";

/** @type {Map<string, Function>} Compiled once; what they make is made anew by each run. */
const compiled = new Map();

/** @param {string} name */
function compile(name) {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const filename = path.join(folder, name);
  const source = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(filename, "latin1")}\n})`;
  const run = new Script(source, { filename }).runInThisContext();
  compiled.set(name, run);
  return run;
}

/** Loads the program's chunks, each once. */
function newLoader() {
  const loaded = new Map();
  /** @param {string} name */
  const load = (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    compile(name)(module.exports, chunkRequire, module, path.join(folder, name), folder);
    return module.exports;
  };
  /** @param {string} specifier */
  const requireAny = (specifier) =>
    specifier.startsWith("./") && specifier !== LOADED_BY_NODE
      ? load(specifier.slice(2))
      : nodeRequire(specifier);
  const chunkRequire = Object.assign(requireAny, nodeRequire);
  return load;
}

/** The next file that is opened takes the lowest number that is free. */
function redirectOutput() {
  for (const [index, file] of OUTPUTS.entries()) {
    fs.closeSync(index + 1);
    if (fs.openSync(file, "w") !== index + 1) throw new Error(`${file} did not become stream ${index + 1}`);
  }
}

/** @param {HostedRun} run */
function enter({ argv, cwd, env }) {
  redirectOutput();
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [...argv];
  process.exitCode = undefined;
  // What packages keep for a process, native parts included.
  for (const file of Object.keys(nodeRequire.cache)) delete nodeRequire.cache[file];
}

/** @type {Map<string | symbol, readonly Function[]>} */
const ownListeners = new Map();

/** What the program would be told at its end, and what it has left with the process. */
function leave() {
  process.emit("exit", Number(process.exitCode ?? 0));
  for (const name of process.eventNames()) {
    for (const listener of process.rawListeners(name))
      if (!ownListeners.get(name)?.includes(listener))
        process.removeListener(name, /** @type {any} */ (listener));
  }
}

process.on("message", (/** @type {HostedRun} */ run) => {
  enter(run);
  process.exit = /** @type {any} */ (
    (/** @type {number | undefined} */ code) => {
      process.exitCode = code ?? process.exitCode;
      leave();
      const [stdout, stderr] = OUTPUTS.map((file) => fs.readFileSync(file, "utf8"));
      process.send?.({ code: Number(process.exitCode ?? 0), stdout, stderr });
    }
  );
  newLoader()("main.cjs");
});
process.once("disconnect", () => fs.rmSync(outputFolder, { recursive: true, force: true }));

for (const name of process.eventNames()) ownListeners.set(name, process.rawListeners(name));
