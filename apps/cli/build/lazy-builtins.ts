import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "esbuild";
import { withImportedBuiltins } from "./imported-builtins.js";

/** Built-in modules that take a part of a millisecond, or many, to load and that most commands never call. */
const LAZY = [
  "async_hooks",
  "child_process",
  "crypto",
  "fs/promises",
  "module",
  "net",
  "os",
  "process",
  "timers/promises",
  "util",
  "worker_threads",
  "zlib",
];

/**
 * Loads some of Node's own modules at the first use of one of their names, and not when a chunk that imports them does. `fs` without a
 * prefix, as libraries ask for it, is one whose promises do so.
 */
export function lazyBuiltins(): Plugin {
  const filter = new RegExp(`^(?:node:(?:${LAZY.join("|")})|fs)$`);
  return {
    name: "lazy-builtins",
    setup(build) {
      build.onResolve({ filter }, ({ path, namespace }) =>
        namespace === "lazy-builtin"
          ? { path, external: true }
          : { path, namespace: "lazy-builtin", sideEffects: false },
      );
      build.onLoad({ filter: /\/packages\/[^/]+\/dist\/[^/]+\.js$/ }, ({ path }) => ({
        contents: withImportedBuiltins(readFileSync(path, "utf8")),
      }));
      build.onLoad({ filter, namespace: "lazy-builtin" }, ({ path }) => ({
        contents: path === "fs" ? withLazyPromises() : standInFor(path),
        resolveDir: "/",
      }));
    },
  };
}

/** An object with a getter for each name of each module would take longer to make than most of them to load: a proxy takes nothing. */
function standInFor(name: string): string {
  if (name === "node:process") return "module.exports = process;";
  // What imports a CommonJS module looks first whether it was a module once.
  const get = '(_, key) => key === "__esModule" ? undefined : load()[key]';
  return `${loader(name)}\nmodule.exports = Object.create(new Proxy({}, { get: ${get} }));`;
}

/** A library may take a function of `fs.promises` when it is loaded, and call it much later, or never. */
function withLazyPromises(): string {
  const forwarded = namesOf("node:fs/promises")
    .filter((key) => key !== "constants")
    .map((key) => `  ${key}: (...args) => load().${key}(...args),`);
  return [
    loader("node:fs/promises"),
    "const promises = {",
    ...forwarded,
    "  get constants() { return load().constants; },",
    "};",
    'module.exports = Object.create(require("node:fs"), { promises: { value: promises } });',
  ].join("\n");
}

function loader(name: string): string {
  return `let loaded;\nconst load = () => (loaded ??= require(${JSON.stringify(name)}));`;
}

function namesOf(name: string): readonly string[] {
  return Object.keys(createRequire(import.meta.url)(name) as object).filter((key) => /^\w+$/.test(key));
}
