import { transform } from "esbuild";
import type { Options } from "tsup";

const MODULE_URL = 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/**
 * Writes the chunks as CommonJS, which Node starts quicker than modules. Chunks load each other with `require`; other dynamic imports stay
 * what they are, for they may lead to modules.
 */
export function commonJsChunks(): NonNullable<Options["plugins"]>[number] {
  return {
    name: "common-js-chunks",
    async renderChunk(code) {
      const required = code.replaceAll(
        /\bimport\(("\.\/[^"]+\.cjs")\)/g,
        "Promise.resolve().then(() => require($1))",
      );
      const result = await transform(required, {
        format: "cjs",
        platform: "node",
        target: "node20",
        define: { "import.meta.url": "__moduleUrl" },
        banner: required.includes("import.meta.url") ? MODULE_URL : "",
      });
      return { code: result.code };
    },
  };
}
