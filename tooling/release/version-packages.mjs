import { execFile } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import getReleasePlan from "@changesets/get-release-plan";
import { publishedPackages } from "../lints/published-packages.mjs";
import { preMode } from "./pre-mode.mjs";
import { waitingChangesets } from "./release-obstacles.mjs";

const run = promisify(execFile);
const changesetProgram = fileURLToPath(new URL("../../node_modules/@changesets/cli/bin.js", import.meta.url));

/** How the files of the changesets begin that are written here. */
const BUNDLED = "bundled-";

/**
 * Makes versions and changelogs of the changesets that wait.
 *
 * @param {string} root
 */
export async function versionPackages(root) {
  // Those of pre-releases name versions that nobody asks for any more.
  if (preMode(root) === null) for (const file of bundledFiles(root)) rmSync(file);
  if (waitingChangesets(root).length > 0) await releaseBundlers(root);
  await changeset(root, "version");
}

/**
 * A package of ours that another one bundles is a `devDependency` of that one, and changesets would not release the other along: its
 * users would not get what was mended. So that one is given a changeset of its own, which names what it brings.
 *
 * @param {string} root
 */
async function releaseBundlers(root) {
  const { releases: planned } = await getReleasePlan(root);
  for (const { manifest } of publishedPackages(root)) {
    const bundled = bundledInto(root, manifest.name);
    const brought = planned.filter(({ name }) => bundled.has(name));
    if (brought.length === 0) continue;
    const list = brought.map(({ name, newVersion }) => `\`${name}\` ${newVersion}`).join(", ");
    const file = path.join(root, ".changeset", `${BUNDLED}${bundledFiles(root).length + 1}.md`);
    writeFileSync(file, `---\n"${manifest.name}": patch\n---\n\nBrings ${list}.\n`);
  }
}

/** @param {string} root */
function bundledFiles(root) {
  const folder = path.join(root, ".changeset");
  return readdirSync(folder)
    .filter((name) => name.startsWith(BUNDLED))
    .map((name) => path.join(folder, name));
}

/**
 * Every package of ours that a package bundles: those that are only there when it is built, and what they depend on.
 *
 * @param {string} root
 * @param {string} bundler
 */
function bundledInto(root, bundler) {
  const manifests = new Map(publishedPackages(root).map(({ manifest }) => [manifest.name, manifest]));
  /** @type {Set<string>} */
  const bundled = new Set(
    Object.keys(manifests.get(bundler)?.devDependencies ?? {}).filter((name) => manifests.has(name)),
  );
  for (const name of bundled) {
    for (const beneath of Object.keys(manifests.get(name)?.dependencies ?? {})) {
      if (manifests.has(beneath)) bundled.add(beneath);
    }
  }
  return bundled;
}

/**
 * @param {string} root
 * @param {readonly string[]} args
 */
async function changeset(root, ...args) {
  await run(process.execPath, [changesetProgram, ...args], { cwd: root });
}
