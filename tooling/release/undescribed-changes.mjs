import { readFileSync } from "node:fs";
import path from "node:path";
import { publishedPackages } from "../lints/published-packages.mjs";
import { git } from "./git.mjs";

/** In a published package, what its users run. */
const SHIPPED = /^src\//;

/**
 * The published packages that were changed since `base` left off, committed or not, while no new changeset names them.
 * A new changeset that names no package (`npx changeset add --empty`) says that nobody notices the changes.
 *
 * @param {string} root
 * @param {string} base A branch, tag or commit.
 * @returns {Promise<string[]>} Their names.
 */
export async function undescribedChanges(root, base) {
  const since = await git(root, "merge-base", base, "HEAD");
  const changed = lines(await git(root, "diff", "--name-only", "--no-renames", since));
  const added = lines(await git(root, "diff", "--name-only", "--no-renames", "--diff-filter=A", since));
  const untracked = lines(await git(root, "ls-files", "--others", "--exclude-standard"));

  const changesets = [...added, ...untracked]
    .filter((file) => /^\.changeset\/[^/]+\.md$/.test(file) && path.basename(file) !== "README.md")
    .map((file) => namedPackages(readFileSync(path.join(root, file), "utf8")));
  if (changesets.some((names) => names.length === 0)) return [];

  const described = new Set(changesets.flat());
  return publishedPackages(root)
    .filter(({ folder }) => {
      const inside = `${folder.split(path.sep).join("/")}/`;
      return [...changed, ...untracked].some(
        (file) => file.startsWith(inside) && SHIPPED.test(file.slice(inside.length)),
      );
    })
    .map(({ manifest }) => manifest.name)
    .filter((name) => !described.has(name));
}

/**
 * The packages in a changeset's head, which is a map from names to kinds of versions.
 *
 * @param {string} changeset
 */
function namedPackages(changeset) {
  const [, head = ""] = changeset.match(/^---\n([\s\S]*?)^---$/m) ?? [];
  return [...head.matchAll(/^["']?(.+?)["']?\s*:\s*(?:major|minor|patch|none)\s*$/gm)].map(
    ([, name]) => name,
  );
}

/** @param {string} text */
function lines(text) {
  return text === "" ? [] : text.split("\n");
}
