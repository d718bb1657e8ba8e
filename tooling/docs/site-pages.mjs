import { readFileSync } from "node:fs";
import path from "node:path";
import { pages } from "../snippets/pages.mjs";

/** In the order of reading; the other pages under `docs` follow. */
const GUIDES = [
  "getting-started",
  "pick-a-backend",
  "configuration",
  "tour",
  "cli",
  "errors",
  "formats",
  "operations",
  "performance",
  "faq",
  "writing-an-adapter",
  "contract",
];

/**
 * @typedef {object} SitePage
 * @property {string} page Relative to the workspace's root.
 * @property {string} title Its first heading.
 * @property {string} group Where the site lists it.
 * @property {string} text Its Markdown.
 */

/**
 * The pages of documentation, as the site lists them; the workspace's README is its first page.
 *
 * @param {string} root
 * @returns {SitePage[]}
 */
export function sitePages(root) {
  return pages(root)
    .filter((page) => !page.startsWith(".changeset/"))
    .map((page) => {
      const markdown = readFileSync(path.join(root, page), "utf8");
      const title = /^# +(.*)$/m.exec(markdown)?.[1] ?? page;
      return { page, title, group: groupOf(page), text: markdown };
    })
    .sort((a, b) => rankOf(a.page) - rankOf(b.page) || (a.page < b.page ? -1 : 1));
}

/** @param {string} page */
function groupOf(page) {
  if (page.startsWith("docs/adr/")) return "Decisions";
  if (page.startsWith("docs/")) return "Guides";
  if (page.startsWith("packages/") || page.startsWith("apps/cli/")) return "Packages";
  if (page.startsWith("examples/")) return "Examples";
  return "Project";
}

/** @param {string} page */
function rankOf(page) {
  if (page === "README.md") return -1;
  const rank = GUIDES.indexOf(path.posix.basename(page, ".md"));
  return rank === -1 ? GUIDES.length : rank;
}
