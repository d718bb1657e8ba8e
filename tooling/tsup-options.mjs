/**
 * How every package is bundled: ESM for the oldest supported Node, with source maps and declarations.
 *
 * @param {string[]} entry Source files, one for each entry in the package's `exports`.
 * @param {{ dts?: boolean }} [options] `dts: false` for a program that nobody imports.
 * @returns {import("tsup").Options}
 */
export function tsupOptions(entry, { dts = true } = {}) {
  return {
    entry,
    format: "esm",
    target: "node20",
    dts,
    // Entries of one package share their classes instead of holding a copy each.
    splitting: true,
    sourcemap: true,
    clean: true,
    // tsup strips the `node:` prefix otherwise, and some built-in modules exist only with it.
    removeNodeProtocol: false,
  };
}
