import path from "node:path";
import { entryPoints } from "../packed/import-package.mjs";
import { publishedManifests } from "../packed/pack-packages.mjs";

/**
 * @typedef {object} PublicEntry
 * @property {string} name What is imported, for example `@agent-sessions/core/memory`.
 * @property {string} source Relative to the workspace's root.
 * @property {string} description Of its package.
 */

/**
 * Every entry point that a published package has, with the source that it is built from.
 *
 * @returns {PublicEntry[]}
 */
export function publicEntries() {
  return publishedManifests().flatMap((manifest) =>
    entryPoints(manifest).map((name) => {
      const folder = path.posix.join("packages", manifest.name.slice(manifest.name.indexOf("/") + 1));
      const entry = name.slice(manifest.name.length + 1);
      const source = path.posix.join(folder, "src", `${entry === "" ? "index" : entry}.ts`);
      return { name, source, description: manifest.description ?? "" };
    }),
  );
}
