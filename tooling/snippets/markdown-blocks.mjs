/**
 * @typedef {object} Exemption Why a block is left out of a check, as the comment directly above it says.
 * @property {"not run" | "not compiled"} kind What is not compiled is not run either.
 * @property {string} reason
 *
 * @typedef {object} Block One fenced block of a Markdown page.
 * @property {string} page The page's path, relative to the workspace's root.
 * @property {number} line Where its first line of code stands in the page, counted from 1.
 * @property {string} heading The heading that it stands under, without its marks; "" above the first.
 * @property {string} language What follows the opening fence, for example `ts`.
 * @property {string} code
 * @property {string} setup Code that the page puts before each of its TypeScript blocks without showing it.
 * @property {Exemption | null} exemption
 */

const HEADING = /^#+ +(.*?) *$/;
const FENCE = /^(\s*)(`{3,})\s*([^\s`]*)/;
const EXEMPTION = /^\s*<!-- (not run|not compiled): (.*?)\s*-->\s*$/;
const SETUP_BEGIN = /^\s*<!-- setup\s*$/;
const SETUP_END = /^\s*-->\s*$/;

/**
 * The fenced blocks of a page, in order. Two kinds of comment, invisible to a reader, say how they are checked:
 *
 * - `<!-- not run: REASON -->` or `<!-- not compiled: REASON -->` directly above a block exempts it;
 * - a comment that begins with a line `<!-- setup` holds code that goes before each TypeScript block below it, up to
 *   the next such comment.
 *
 * @param {string} page
 * @param {string} markdown
 * @returns {Block[]}
 * @throws {Error} For what would slip through the checks: a block without a language, an exemption without a reason,
 *   a fence or a setup that never ends.
 */
export function readBlocks(page, markdown) {
  const lines = markdown.split(/\r?\n/);
  /** @type {Block[]} */
  const blocks = [];
  let heading = "";
  let setup = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    heading = HEADING.exec(line)?.[1]?.replaceAll("`", "") ?? heading;
    if (SETUP_BEGIN.test(line)) {
      const end = lines.findIndex((other, index) => index > at && SETUP_END.test(other));
      if (end === -1) throw new Error(`${page}:${at + 1}: this setup never ends`);
      setup = lines.slice(at + 1, end).join("\n");
      at = end;
      continue;
    }
    const [, indent = "", ticks = "", language = ""] = FENCE.exec(line) ?? [];
    if (ticks === "") continue;
    if (language === "") throw new Error(`${page}:${at + 1}: this block names no language`);
    const end = lines.findIndex((other, index) => index > at && other.trim() === ticks);
    if (end === -1) throw new Error(`${page}:${at + 1}: this block never ends`);
    const code = lines
      .slice(at + 1, end)
      .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text));
    const exemption = exemptionIn(lines[at - 1] ?? "", `${page}:${at}`);
    blocks.push({ page, line: at + 2, heading, language, code: code.join("\n"), setup, exemption });
    at = end;
  }
  return blocks;
}

/**
 * @param {string} line
 * @param {string} place
 * @returns {Exemption | null}
 */
function exemptionIn(line, place) {
  const [, kind, reason] = EXEMPTION.exec(line) ?? [];
  if (kind !== "not run" && kind !== "not compiled") return null;
  if (reason === undefined || reason === "") throw new Error(`${place}: this exemption gives no reason`);
  return { kind, reason };
}
