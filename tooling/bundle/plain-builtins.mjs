/** `import fs from "node:fs";`, `import { a, b as c } from "node:fs";`, `import * as fs from "node:fs";`, as esbuild writes them. */
const BUILTIN = /^import (?:\* as )?(\w+|\{[^}]*\}) from ("node:[\w/]+");$/gm;

/**
 * Takes Node's own modules from `process.getBuiltinModule` instead of importing them. For an import, Node reads every property of the
 * module, and some of those load others when they are read: `node:fs` brings its streams and promises, which takes longer than all of
 * core's main entry. A line that looks like an import inside a text, such as a worker's program, is changed as well, and does the same.
 *
 * @returns {NonNullable<import("tsup").Options["plugins"]>[number]}
 */
export function plainBuiltins() {
  return { name: "plain-builtins", renderChunk: (code) => ({ code: withPlainBuiltins(code) }) };
}

/**
 * The same lines with other text, so that a source map still fits.
 *
 * @param {string} code A module as esbuild writes it.
 */
export function withPlainBuiltins(code) {
  return code.replaceAll(BUILTIN, (_, /** @type {string} */ names, /** @type {string} */ specifier) => {
    return `const ${names.replaceAll(" as ", ": ")} = process.getBuiltinModule(${specifier});`;
  });
}
