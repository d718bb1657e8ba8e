import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const ATTRIBUTE = /\s(href|src|id|name)="([^"]*)"/g;
const STYLE_ADDRESS = /url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/g;
const LOADED = /<(?:script|img|link|iframe|source)\b[^>]*\s(?:src|href)="([a-z]+:[^"]*)"/g;

/**
 * What is wrong with the links of a site: those that lead to no file or to no place in it, addresses that are none, and whatever would be
 * loaded from somewhere else. Addresses elsewhere are not looked up.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function siteProblems(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(path.join(folder, name)).isFile(),
  );
  /** @type {Map<string, { links: string[], ids: Set<string> }>} */
  const pages = new Map();
  /** @type {string[]} */
  const problems = [];
  for (const file of files) {
    const text = readFileSync(path.join(folder, file), "utf8");
    if (/\.(?:html|svg)$/.test(file)) {
      pages.set(path.join(folder, file), linksAndIds(text));
      for (const [, address] of text.matchAll(LOADED)) {
        // The browser does not fetch what is inlined.
        if (!address?.startsWith("data:")) problems.push(`${file}: loads ${address}`);
      }
    }
    if (file.endsWith(".css")) {
      for (const [, a, b] of text.matchAll(STYLE_ADDRESS)) {
        if (/^(?:[a-z]+:)?\/\//.test(a ?? b ?? "")) problems.push(`${file}: loads ${a ?? b}`);
      }
    }
  }
  for (const [page, { links }] of pages) {
    for (const link of links) {
      if (!leadsSomewhere(page, link, pages)) problems.push(`${path.relative(folder, page)}: ${link}`);
    }
  }
  return problems;
}

/** @param {string} html */
function linksAndIds(html) {
  /** @type {string[]} */
  const links = [];
  /** @type {Set<string>} */
  const ids = new Set();
  for (const [, attribute, value = ""] of html.matchAll(ATTRIBUTE)) {
    const text = value.replaceAll("&amp;", "&").replaceAll("&#x2F;", "/");
    if (attribute === "id" || attribute === "name") ids.add(text);
    else links.push(text);
  }
  return { links: [...new Set(links)], ids };
}

/**
 * @param {string} page
 * @param {string} link
 * @param {ReadonlyMap<string, { ids: ReadonlySet<string> }>} pages
 */
function leadsSomewhere(page, link, pages) {
  if (/^(?:data|mailto):/.test(link)) return true;
  if (/^[a-z]+:/i.test(link)) return URL.canParse(link) && new URL(link).protocol === "https:";
  const [file = "", anchor = ""] = link.split("#").map(decodeURIComponent);
  const named = file === "" ? page : path.resolve(path.dirname(page), file);
  if (!existsSync(named)) return false;
  const place = statSync(named).isDirectory() ? path.join(named, "index.html") : named;
  return anchor === "" || pages.get(place)?.ids.has(anchor) === true;
}
