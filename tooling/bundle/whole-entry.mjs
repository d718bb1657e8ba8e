import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** `import("./part.js")`, as a source file writes it. */
const LATER = /\bimport\("\.\/([\w/-]+)\.js"\)/g;

/**
 * Puts everything that one entry needs at once into one file, instead of a file for each set of modules that the same entries share: each
 * costs a search and a read. To every other entry, and to every part that is loaded later, it adds that it needs the entry too; by the time
 * such a part is loaded, the entry has been.
 *
 * @param {string} whole The entry, relative to the package.
 * @param {readonly string[]} entries All of them.
 * @returns {import("esbuild").Plugin}
 */
export function wholeEntry(whole, entries) {
  const target = path.resolve(whole);
  const others = [...entries.map((entry) => path.resolve(entry)), ...loadedLater(path.dirname(target))];
  return {
    name: "whole-entry",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        if (file === target || !others.includes(file)) return undefined;
        const specifier = `./${path.relative(path.dirname(file), target).replace(/\.ts$/, ".js")}`;
        const contents = `${readFileSync(file, "utf8")}export {} from ${JSON.stringify(specifier)};\n`;
        return { contents, loader: "ts" };
      });
    },
  };
}

/**
 * The source files that others import when they need them.
 *
 * @param {string} folder
 */
function loadedLater(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const file = path.join(folder, name);
      const found = readFileSync(file, "utf8").matchAll(LATER);
      return [...found].map(([, part = ""]) => path.join(path.dirname(file), `${part}.ts`));
    });
}
