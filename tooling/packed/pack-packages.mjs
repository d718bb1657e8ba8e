import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { packageFolders } from "../install-stamp.mjs";
import { root } from "../steps.mjs";

const run = promisify(execFile);

/** The pnpm that the workspace pins, as a script for Node. */
export const pnpmScript = path.join(root, "node_modules", "pnpm", "bin", "pnpm.cjs");

/**
 * @typedef {object} Manifest What is read of a package.json.
 * @property {string} name
 * @property {string} version
 * @property {string} [description]
 * @property {Readonly<Record<string, string | { readonly types: string, readonly default: string }>>} [exports]
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [peerDependencies]
 * @property {boolean} [private]
 *
 * @typedef {object} PackedPackage
 * @property {Manifest} manifest As it stands in the tarball.
 * @property {string} tarball
 */

/** The manifests of all packages that are published. */
export function publishedManifests() {
  return packageFolders(root)
    .map((folder) => readManifest(path.join(root, folder)))
    .filter((manifest) => manifest.private !== true);
}

/**
 * Packs packages of the workspace as they are built now, just as a release would.
 *
 * @param {readonly string[]} names
 * @param {string} folder Where the tarballs go; made if need be.
 * @param {string} [workspace] Another copy of it than this one.
 * @returns {Promise<PackedPackage[]>}
 */
export async function packPackages(names, folder, workspace = root) {
  mkdirSync(folder, { recursive: true });
  const filters = names.flatMap((name) => ["--filter", name]);
  const args = [pnpmScript, ...filters, "pack", "--pack-destination", folder];
  await run(process.execPath, args, { cwd: workspace }).catch((error) => {
    // pnpm says on stdout what is wrong.
    throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
  });
  const tarballs = readdirSync(folder).map((name) => path.join(folder, name));
  return await Promise.all(
    tarballs.map(async (tarball) => {
      const { stdout } = await run("tar", ["-xzOf", tarball, "package/package.json"]);
      return { manifest: JSON.parse(stdout), tarball };
    }),
  );
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}
