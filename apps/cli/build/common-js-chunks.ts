import { transform } from "esbuild";
import type { Options } from "tsup";

const MODULE_URL = 'const __moduleUrl = () => require("node:url").pathToFileURL(__filename).href;';

/** What a module asks for by its URL, and CommonJS has at hand. */
const OWN_REQUIRE = /\(0, \w+\.createRequire\)\(__moduleUrl\)/g;
const OWN_FILE = /\(0, \w+\.fileURLToPath\)\(__moduleUrl\)/g;

/** `import path from "node:path";`, as esbuild writes it. */
const BUILTIN = /^import (\w+) from ("node:[^"]+");$/gm;

/** A chunk that is a CommonJS package, imported as a whole: all that esbuild gives of it is the default export. */
const COMMON_JS_PACKAGE = /^var (\w+) = require_\w+\(\);\s*export \{\s*\1 as default\s*\};\s*$/m;

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
        banner: builtinsOf(required).join("\n"),
      });
      return { code: `${withOwnUrl(result.code)}${namedExportsOf(code)}` };
    },
  };
}

/** What Node's own `import()` of a CommonJS package gives: its members by name, beside the default export. */
function namedExportsOf(code: string): string {
  const [, whole] = COMMON_JS_PACKAGE.exec(code) ?? [];
  return whole === undefined ? "" : `module.exports = { ...${whole}, default: ${whole} };\n`;
}

/** To make a URL of a path takes as long as to run many a chunk: so it is made only where nothing else will do. */
function withOwnUrl(code: string): string {
  const rest = code.replaceAll(OWN_REQUIRE, "require").replaceAll(OWN_FILE, "__filename");
  const called = rest.replaceAll(/\b__moduleUrl\b/g, "__moduleUrl()");
  return called === rest ? rest : `${MODULE_URL}\n${called}`;
}

/** Requires Node's own modules as they are; esbuild would make an object with a getter for each name of each, at every import. */
function builtinsOf(code: string): readonly string[] {
  return [...code.matchAll(BUILTIN)].map(([, name, specifier]) => `const ${name} = require(${specifier});`);
}
