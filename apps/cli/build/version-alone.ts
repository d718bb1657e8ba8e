import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Of a package.json, takes only the version into the program: the rest would be compiled at each start. */
export function versionAlone(): Plugin {
  return {
    name: "version-alone",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
        const { version } = JSON.parse(await readFile(path, "utf8")) as { readonly version: string };
        return { contents: JSON.stringify({ version }), loader: "json" };
      });
    },
  };
}
