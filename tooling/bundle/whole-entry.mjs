import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** `import("./part.js")`, as a source file writes it. */
const LATER = /\bimport\("\.\/([\w/-]+)\.js"\)/g;

/**
 * Puts everything that an entry needs at once into one file, instead of a file for each set of modules that the same entries share: each
 * costs a search and a read. Of several such entries, each next one gets a file for what it needs beyond those before it. To every other
 * entry, and to every part that is loaded later, it adds that it needs these entries too; by the time such a part is loaded, they have been.
 *
 * @param {readonly string[]} whole The entries, relative to the package, each next one loaded only along with those before it. A part that
 *   is loaded later may be among them: what it needs is then one file, for whatever else is loaded later too.
 * @param {readonly string[]} entries All of them.
 * @returns {import("esbuild").Plugin}
 */
export function wholeEntry(whole, entries) {
  const targets = whole.map((entry) => path.resolve(entry));
  const folders = new Set(targets.map((target) => path.dirname(target)));
  const others = [...entries.map((entry) => path.resolve(entry)), ...[...folders].flatMap(loadedLater)];
  return {
    name: "whole-entry",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const needed = targets.includes(file) ? targets.slice(0, targets.indexOf(file)) : targets;
        if (needed.length === 0 || !others.includes(file)) return undefined;
        const lines = needed.map((target) => {
          const specifier = `./${path.relative(path.dirname(file), target).replace(/\.ts$/, ".js")}`;
          return `export {} from ${JSON.stringify(specifier)};\n`;
        });
        return { contents: readFileSync(file, "utf8") + lines.join(""), loader: "ts" };
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
