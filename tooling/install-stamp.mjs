import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const groups = ["packages", "apps", "examples"];

/**
 * The workspace's package folders, relative to its root, the root itself first.
 *
 * @param {string} root
 */
export function packageFolders(root) {
  const members = groups
    .filter((group) => existsSync(path.join(root, group)))
    .flatMap((group) => readdirSync(path.join(root, group)).map((name) => path.join(group, name)))
    .filter((folder) => existsSync(path.join(root, folder, "package.json")))
    .sort();
  return [".", ...members];
}

/**
 * A hash of all that decides what an install puts in place: lockfile, workspace settings, manifests, platform.
 *
 * @param {string} root
 */
export function installStamp(root) {
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml"];
  for (const folder of packageFolders(root)) files.push(path.join(folder, "package.json"));
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\0`);
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0");
  return hash.digest("hex");
}
