import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { readManifest } from "./pack-packages.mjs";

const run = promisify(execFile);

/**
 * Names the folder in which the install script of better-sqlite3 looks for a binary before it downloads or compiles one.
 *
 * @param {string} folder
 * @returns {Record<string, string>}
 */
export function binariesFrom(folder) {
  return { npm_config_better_sqlite3_local_prebuilds: folder };
}

/**
 * Puts the binary of a better-sqlite3 that was built into such a folder.
 *
 * @param {string} driver The folder of the package.
 * @param {string} abi Which Nodes it was built for, as `process.versions.modules` has it.
 * @param {string} folder Made if need be.
 */
export async function keepBinary(driver, abi, folder) {
  mkdirSync(folder, { recursive: true });
  await run("tar", [
    ...["-czf", path.join(folder, binaryName(readManifest(driver).version, abi))],
    ...["-C", driver, path.join("build", "Release", "better_sqlite3.node")],
  ]);
}

/**
 * @param {string} version
 * @param {string} abi
 */
export function binaryName(version, abi) {
  return `better-sqlite3-v${version}-node-v${abi}-${process.platform}-${process.arch}.tar.gz`;
}
