import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { placeOf, rewriteLinks } from "./rewrite-links.mjs";

/** Where the files are that are no pages of the site. */
const REPOSITORY = "https://github.com/agent-sessions/agent-sessions";

/** @typedef {import("./site-pages.mjs").SitePage} SitePage */

/**
 * Writes the pages into one folder as the site generator takes them: with titles and groups as it asks for them, and with links that lead from page to page,
 * or to the repository for what is no page.
 *
 * @param {string} root
 * @param {readonly SitePage[]} pages
 * @param {string} folder
 * @returns {string[]} The files, in the same order.
 */
export function stagePages(root, pages, folder) {
  mkdirSync(folder, { recursive: true });
  const names = new Set(pages.map(({ page }) => page));
  return pages.map(({ page, title, group, text }) => {
    const staged = path.join(folder, stagedName(page));
    const body = rewriteLinks(text, (target) => siteTarget(root, names, page, target, folder));
    // The first page has no place among the others, and the generator puts the name of the project above it.
    const isHome = page === "README.md";
    const matter = `---\ntitle: ${JSON.stringify(title)}\ngroup: ${group}\n---\n`;
    writeFileSync(staged, isHome ? body.replace(/^# .*\n/, "") : `${matter}${body}`);
    return staged;
  });
}

/**
 * @param {string} root
 * @param {ReadonlySet<string>} pages
 * @param {string} page
 * @param {string} target
 * @param {string} folder
 */
function siteTarget(root, pages, page, target, folder) {
  const found = placeOf(page, target);
  if (found === null) return target;
  const { place, hash } = found;
  const shown = [place, path.posix.join(place, "README.md")].find((one) => pages.has(one));
  if (shown === page) return hash === "" ? stagedName(page) : hash;
  if (shown !== undefined) return `${stagedName(shown)}${hash}`;
  if (!existsSync(path.join(root, place))) throw new Error(`${page}: ${target} leads nowhere`);
  if (/\.(?:svg|png)$/.test(place)) {
    copyFileSync(path.join(root, place), path.join(folder, path.posix.basename(place)));
    return path.posix.basename(place);
  }
  const kind = statSync(path.join(root, place)).isDirectory() ? "tree" : "blob";
  return `${REPOSITORY}/${kind}/main/${place}${hash}`;
}

/** @param {string} page */
function stagedName(page) {
  return page.replaceAll("/", "--");
}
