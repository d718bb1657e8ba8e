import path from "node:path";

const BLOCK = /^(\s*)(`{3,})[^\n]*\n[\s\S]*?^\s*\2\s*$/gm;
const LINK = /(\]\()([^)\s]+)(\))/g;
const COMMENT = /<!--[\s\S]*?-->\n?/g;

/**
 * A page's Markdown with other targets for its links, and without its comments, which only the checks read. What stands in code blocks
 * stays as it is.
 *
 * @param {string} markdown
 * @param {(target: string) => string} rewrite
 */
export function rewriteLinks(markdown, rewrite) {
  let from = 0;
  let text = "";
  /** @param {string} prose */
  const add = (prose) => {
    text += prose
      .replaceAll(COMMENT, "")
      .replaceAll(LINK, (_, open, target, close) => `${open}${rewrite(target)}${close}`);
  };
  for (const { index, 0: block } of markdown.matchAll(BLOCK)) {
    add(markdown.slice(from, index));
    text += block;
    from = index + block.length;
  }
  add(markdown.slice(from));
  return text;
}

/**
 * Where a link leads, relative to the workspace's root; null for an address elsewhere.
 *
 * @param {string} page
 * @param {string} target
 */
export function placeOf(page, target) {
  if (/^[a-z]+:/.test(target)) return null;
  const [file = "", anchor] = target.split("#");
  const place = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
  return { place: place.replace(/\/$/, ""), hash: anchor === undefined ? "" : `#${anchor}` };
}
