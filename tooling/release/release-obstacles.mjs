import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { git } from "./git.mjs";
import { preMode } from "./pre-mode.mjs";

const BRANCH = "main";

/**
 * What stands in the way of any release from this working copy, a sentence each.
 *
 * @param {string} root
 * @returns {Promise<string[]>}
 */
export async function workspaceObstacles(root) {
  const obstacles = [];
  const branch = await git(root, "branch", "--show-current");
  if (branch !== BRANCH)
    obstacles.push(`The branch is ${branch || "none"}; releases are made from ${BRANCH}.`);
  const [first, ...more] = (await git(root, "status", "--porcelain")).split("\n");
  if (first)
    obstacles.push(`There are changes that are not committed: ${first.trim()}, and ${more.length} more.`);
  const waiting = waitingChangesets(root);
  if (waiting.length > 0) {
    obstacles.push(
      `Changesets wait (${waiting.join(", ")}): run "npm run release:version", and commit what it did.`,
    );
  }
  return obstacles;
}

/**
 * The packages among these whose changelog does not tell of the version that would be published.
 *
 * @param {string} root
 * @param {readonly import("./plan-release.mjs").PlannedPackage[]} packages
 * @returns {string[]}
 */
export function changelogObstacles(root, packages) {
  return packages
    .filter(({ folder, version }) => {
      const changelog = path.join(root, folder, "CHANGELOG.md");
      return !existsSync(changelog) || !readFileSync(changelog, "utf8").split("\n").includes(`## ${version}`);
    })
    .map(({ folder, version }) => `${folder}/CHANGELOG.md has no "## ${version}".`);
}

/**
 * The changesets that no version holds yet.
 *
 * @param {string} root
 */
export function waitingChangesets(root) {
  const held = preMode(root)?.changesets ?? [];
  return readdirSync(path.join(root, ".changeset"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .filter((name) => !held.includes(path.basename(name, ".md")));
}
