import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { packageFolders } from "../install-stamp.mjs";

/**
 * Every page of documentation in the workspace, relative to its root: those at the root, under `docs` and
 * `.changeset`, and in each package. Changelogs are written by the release tool and left out.
 *
 * @param {string} root
 */
export function pages(root) {
  const flat = [...packageFolders(root), ".changeset"].flatMap((folder) => pagesIn(root, folder, false));
  return [...flat, ...pagesIn(root, "docs", true)].sort();
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {boolean} recursive
 */
function pagesIn(root, folder, recursive) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && path.basename(name) !== "CHANGELOG.md")
    .map((name) => path.join(folder, name).split(path.sep).join("/"));
}
