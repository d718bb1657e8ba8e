import { createRequire } from "node:module";
import type { Plugin } from "esbuild";

/** Built-in modules that take a millisecond or more to load and that most commands never call. */
const LAZY = [
  "async_hooks",
  "child_process",
  "crypto",
  "fs/promises",
  "net",
  "timers/promises",
  "worker_threads",
  "zlib",
];

/** Loads some of Node's own modules at the first use of one of their names, and not when a chunk that imports them does. */
export function lazyBuiltins(): Plugin {
  const filter = new RegExp(`^node:(?:${LAZY.join("|")})$`);
  return {
    name: "lazy-builtins",
    setup(build) {
      build.onResolve({ filter }, ({ path, namespace }) =>
        namespace === "lazy-builtin"
          ? { path, external: true }
          : { path, namespace: "lazy-builtin", sideEffects: false },
      );
      build.onLoad({ filter, namespace: "lazy-builtin" }, ({ path }) => ({ contents: gettersOf(path) }));
    },
  };
}

function gettersOf(name: string): string {
  const module = JSON.stringify(name);
  const getters = Object.keys(createRequire(import.meta.url)(name) as object).map((key) => {
    const property = JSON.stringify(key);
    return `  get ${property}() { return require(${module})[${property}]; },`;
  });
  return ["module.exports = {", ...getters, "};"].join("\n");
}
