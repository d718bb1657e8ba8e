import { plainBuiltins } from "./bundle/plain-builtins.mjs";
import { wholeEntry } from "./bundle/whole-entry.mjs";

/**
 * How every package is bundled: ESM for the oldest supported Node, with source maps and declarations.
 *
 * @param {string[]} entry Source files, one for each entry in the package's `exports`.
 * @param {{ dts?: boolean, whole?: readonly string[] }} [options] `dts: false` for a program that nobody imports. `whole`: the entries, and
 *   the parts loaded later, that have to load quickly; all that the first needs at once becomes one file, what the next needs beyond that
 *   another, and so on.
 * @returns {import("tsup").Options}
 */
export function tsupOptions(entry, { dts = true, whole = [] } = {}) {
  return {
    entry,
    format: "esm",
    target: "node20",
    // `npm run typecheck` checks all packages in one go; a check by each build as well took half of its time. Every declaration stands in its
    // file (`isolatedDeclarations`), so that nobody has to read those of Node and of the language for it, which took half of what was left.
    dts: dts && { compilerOptions: { noCheck: true, types: [], lib: ["ES5"] } },
    // Entries of one package share their classes instead of holding a copy each.
    splitting: true,
    sourcemap: true,
    clean: true,
    // tsup strips the `node:` prefix otherwise, and some built-in modules exist only with it.
    removeNodeProtocol: false,
    esbuildPlugins: whole.length === 0 ? [] : [wholeEntry(whole, entry)],
    plugins: [plainBuiltins()],
  };
}
