import { publishedPackages } from "../lints/published-packages.mjs";
import { git } from "./git.mjs";

/**
 * @typedef {import("../lints/published-packages.mjs").PublishedPackage} PublishedPackage
 *
 * @typedef {object} PlannedPackage
 * @property {string} name
 * @property {string} version
 * @property {string} folder Relative to the workspace's root.
 * @property {string} gitTag
 * @property {boolean} isPublished The registry has this version.
 * @property {boolean} isTagged The repository has its tag.
 */

/**
 * Every published package at its present version, and how far its release has come: one that was broken off goes on
 * from there. A package follows those that it depends on, so that whatever is published can be installed.
 *
 * @param {string} root
 * @param {string} registry Its address, with a slash at its end.
 * @returns {Promise<PlannedPackage[]>}
 */
export async function planRelease(root, registry) {
  const tags = new Set((await git(root, "tag", "--list")).split("\n"));
  return await Promise.all(
    inOrderOfDependence(publishedPackages(root)).map(async ({ folder, manifest: { name, version } }) => {
      const gitTag = `${name}@${version}`;
      const versions = await publishedVersions(name, registry);
      return {
        name,
        version,
        folder,
        gitTag,
        isPublished: versions.includes(version),
        isTagged: tags.has(gitTag),
      };
    }),
  );
}

/** @param {readonly PublishedPackage[]} packages */
function inOrderOfDependence(packages) {
  /** @type {Set<PublishedPackage>} */
  const ordered = new Set();
  const visit = (/** @type {PublishedPackage} */ one) => {
    for (const other of packages) {
      if (other.manifest.name in (one.manifest.dependencies ?? {})) visit(other);
    }
    ordered.add(one);
  };
  for (const one of packages) visit(one);
  return [...ordered];
}

/**
 * @param {string} name
 * @param {string} registry
 * @returns {Promise<string[]>} None for a package that was never published.
 * @throws {Error} When the registry cannot be asked.
 */
async function publishedVersions(name, registry) {
  const address = new URL(encodeURIComponent(name), registry);
  const answer = await fetch(address, { headers: { accept: "application/vnd.npm.install-v1+json" } });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`${address.href} answered ${answer.status}: ${await answer.text()}`);
  const { versions } = /** @type {{ versions: object }} */ (await answer.json());
  return Object.keys(versions);
}
