import { execFile } from "node:child_process";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "../steps.mjs";
import { readManifest } from "./pack-packages.mjs";

const run = promisify(execFile);

/** What was built here, and what it was built from: whoever installs a tarball gets the one from somewhere else, and must. */
const LEFT_OUT = ["node_modules", "build", "deps"];

/**
 * @typedef {import("./pack-packages.mjs").Manifest} Manifest
 *
 * @typedef {object} InstalledPackage
 * @property {Manifest} manifest
 * @property {string} folder
 */

/**
 * Every package by others that the workspace has installed, direct dependency or not, so that an application can be installed without
 * a network.
 *
 * @returns {InstalledPackage[]}
 */
export function installedPackages() {
  const store = path.join(root, "node_modules", ".pnpm");
  /** @type {Map<string, InstalledPackage>} */
  const found = new Map();
  for (const entry of readdirSync(store)) {
    for (const folder of packagesIn(path.join(store, entry, "node_modules"))) {
      const manifest = readManifest(folder);
      // One version may be there several times, with other peers beside it.
      found.set(`${manifest.name}@${manifest.version}`, { manifest, folder });
    }
  }
  return [...found.values()];
}

/** @param {string} modules */
function packagesIn(modules) {
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).flatMap((name) =>
    name.startsWith("@")
      ? readdirSync(path.join(modules, name)).map((part) => path.join(name, part))
      : [name],
  );
  return names
    .map((name) => path.join(modules, name))
    .filter((folder) => lstatSync(folder).isDirectory() && existsSync(path.join(folder, "package.json")));
}

/**
 * @param {InstalledPackage} installed
 * @param {string} tarball The file to write.
 */
export async function packInstalled({ folder }, tarball) {
  const leftOut = LEFT_OUT.map((name) => `--exclude=${path.basename(folder)}/${name}`);
  await run("tar", ["-czf", tarball, ...leftOut, "-C", path.dirname(folder), path.basename(folder)]);
}
