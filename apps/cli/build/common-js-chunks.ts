import { transform } from "esbuild";
import type { Options } from "tsup";

const MODULE_URL = 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/** `import path from "node:path";`, as esbuild writes it. */
const BUILTIN = /^import (\w+) from ("node:[^"]+");$/gm;

/** Of a harness, a config module or a backend of the user's, all of them by a URL or a package's name. */
const OTHER_IMPORT = /(?<![\w.$])import\(/g;

/**
 * Writes the chunks as CommonJS, which Node starts quicker than modules. Chunks load each other with `require`; other dynamic imports stay
 * what they are, for they may lead to modules, but are done by a file whose compiled code is not kept.
 */
export function commonJsChunks(): NonNullable<Options["plugins"]>[number] {
  return {
    name: "common-js-chunks",
    async renderChunk(code) {
      const required = code
        .replaceAll(/\bimport\(("\.\/[^"]+\.cjs")\)/g, "Promise.resolve().then(() => require($1))")
        .replaceAll(OTHER_IMPORT, 'require("../bin/import-module.js")(');
      const result = await transform(required.replaceAll(BUILTIN, ""), {
        format: "cjs",
        platform: "node",
        target: "node20",
        define: { "import.meta.url": "__moduleUrl" },
        banner: [...builtinsOf(required), required.includes("import.meta.url") ? MODULE_URL : ""].join("\n"),
      });
      return { code: result.code };
    },
  };
}

/** Requires Node's own modules as they are; esbuild would make an object with a getter for each name of each, at every import. */
function builtinsOf(code: string): readonly string[] {
  return [...code.matchAll(BUILTIN)].map(([, name, specifier]) => `const ${name} = require(${specifier});`);
}
