import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * The pre-release mode that the workspace is in; null outside of one, and after `changeset pre exit`.
 *
 * @param {string} root
 * @returns {{ tag: string, changesets: readonly string[] } | null} `changesets`: those that a pre-release holds already, which
 * stay for the release proper.
 */
export function preMode(root) {
  const file = path.join(root, ".changeset", "pre.json");
  if (!existsSync(file)) return null;
  const { mode, tag, changesets } = JSON.parse(readFileSync(file, "utf8"));
  return mode === "pre" ? { tag, changesets } : null;
}
