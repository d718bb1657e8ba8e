import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const LINK = /(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g;
const HEADING = /^#+ +(.*?) *$/gm;
const BLOCK = /^(\s*)(`{3,})[^\n]*\n[\s\S]*?^\s*\2\s*$/gm;

/**
 * The links of a page that lead nowhere within the workspace: to a file that is not there, or to a heading that its page
 * does not have. A link to a folder means its README, as repository sites show it. Addresses elsewhere are not looked up.
 *
 * @param {string} root
 * @param {string} page Relative to the root.
 */
export function brokenLinks(root, page) {
  const text = readFileSync(path.join(root, page), "utf8").replaceAll(BLOCK, "");
  const targets = [...text.matchAll(LINK)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(root, page, target));
}

/**
 * @param {string} root
 * @param {string} page
 * @param {string} target
 */
function leadsSomewhere(root, page, target) {
  const [file = "", anchor] = target.split("#");
  const place = file === "" ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(root, place))) return false;
  if (anchor === undefined) return true;
  const shown = [place, path.join(place, "README.md")].find((one) => one.endsWith(".md"));
  if (shown === undefined || !existsSync(path.join(root, shown))) return false;
  const headings = [...readFileSync(path.join(root, shown), "utf8").replaceAll(BLOCK, "").matchAll(HEADING)];
  return headings.some(([, heading = ""]) => anchorOf(heading) === anchor);
}

/**
 * The anchor that repository sites give a heading.
 *
 * @param {string} heading
 */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}
