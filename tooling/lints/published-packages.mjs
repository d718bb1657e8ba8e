import { readFileSync } from "node:fs";
import path from "node:path";
import { packageFolders } from "../install-stamp.mjs";

/**
 * @typedef {object} PublishedPackage
 * @property {string} folder Relative to the workspace's root.
 * @property {Manifest} manifest
 *
 * @typedef {object} Manifest What is read of a `package.json`.
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string | { type?: string }} [license]
 * @property {Readonly<Record<string, string | Readonly<Record<string, string>>>>} [exports]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [devDependencies]
 * @property {Readonly<Record<string, string>>} [optionalDependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {Readonly<Record<string, { optional?: boolean }>>} [peerDependenciesMeta]
 *
 * @typedef {object} Entry One way into a package.
 * @property {string} specifier What an application imports.
 * @property {string} types Absolute path of its declarations.
 * @property {string} file Absolute path of what runs.
 */

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}

/**
 * Every package that users install, in the order of their folders.
 *
 * @param {string} root
 * @returns {PublishedPackage[]}
 */
export function publishedPackages(root) {
  return packageFolders(root)
    .map((folder) => ({ folder, manifest: readManifest(path.join(root, folder)) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/**
 * What an application can import of a package: its entries with types.
 *
 * @param {string} root
 * @param {PublishedPackage} published
 * @returns {Entry[]}
 */
export function entriesOf(root, { folder, manifest }) {
  /** @type {Entry[]} */
  const entries = [];
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === "string") continue;
    const { types = "", default: file = "" } = target;
    entries.push({
      specifier: path.posix.join(manifest.name, subpath),
      types: path.join(root, folder, types),
      file: path.join(root, folder, file),
    });
  }
  return entries;
}
