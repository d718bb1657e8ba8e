// @ts-check
const path = require("node:path");

/**
 * @typedef {object} FileCoverage What is read of istanbul's coverage of one file.
 * @property {string} path
 * @property {Readonly<Record<string, { loc: { start: { line: number } }, locations: { start: { line?: number } }[] }>>} branchMap
 * @property {Readonly<Record<string, readonly number[]>>} b How often each arm of each branch was taken.
 * @property {() => Readonly<Record<string, number>>} getLineCoverage How often each line was run.
 *
 * @typedef {{ covered: number, total: number }} Share
 */

/** A coverage report in the way that the threshold is argued about: each package in a line, each gap with its place. */
class CoverageByPackage {
  /** @param {{ getTree(kind: "flat"): { visit(visitor: object): void } }} context */
  execute(context) {
    /** @type {Map<string, { lines: Share, branches: Share }>} */
    const packages = new Map();
    /** @type {string[]} */
    const gaps = [];
    const onDetail = (/** @type {{ getFileCoverage(): FileCoverage }} */ node) => {
      const file = node.getFileCoverage();
      const name = path.relative(process.cwd(), file.path).split(path.sep).slice(0, 2).join("/");
      const shares = packages.get(name) ?? { lines: nothing(), branches: nothing() };
      packages.set(name, shares);
      const notRun = missedLines(file, shares.lines);
      const notTaken = missedBranches(file, shares.branches);
      if (notRun.length + notTaken.length > 0) gaps.push(describeGap(file.path, notRun, notTaken));
    };
    context.getTree("flat").visit({ onDetail });
    const rows = [...packages].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, { lines, branches }] of rows) {
      process.stdout.write(`${name.padEnd(18)} lines ${percent(lines)}   branches ${percent(branches)}\n`);
    }
    require("node:fs").writeFileSync(path.join("coverage", "gaps.txt"), `${gaps.join("\n")}\n`);
  }
}

/** @returns {Share} */
function nothing() {
  return { covered: 0, total: 0 };
}

/**
 * Counts, and returns the lines that no test ran.
 *
 * @param {FileCoverage} file
 * @param {Share} share
 */
function missedLines(file, share) {
  const counts = Object.entries(file.getLineCoverage());
  const missed = counts.filter(([, count]) => count === 0).map(([line]) => Number(line));
  share.total += counts.length;
  share.covered += counts.length - missed.length;
  return missed;
}

/**
 * Counts, and returns the lines with an arm of a branch that no test took.
 *
 * @param {FileCoverage} file
 * @param {Share} share
 */
function missedBranches(file, share) {
  const missed = [];
  for (const [branch, counts] of Object.entries(file.b)) {
    for (const [arm, count] of counts.entries()) {
      share.total++;
      if (count > 0) share.covered++;
      // An `else` that is not written has no place of its own.
      else
        missed.push(
          file.branchMap[branch]?.locations[arm]?.start.line ?? file.branchMap[branch]?.loc.start.line,
        );
    }
  }
  return missed;
}

/**
 * @param {string} file
 * @param {readonly unknown[]} notRun
 * @param {readonly unknown[]} notTaken
 */
function describeGap(file, notRun, notTaken) {
  const parts = [];
  if (notRun.length > 0) parts.push(`lines not run: ${notRun.join(" ")}`);
  if (notTaken.length > 0) parts.push(`branches not taken, at line: ${notTaken.join(" ")}`);
  return `${path.relative(process.cwd(), file)}\n  ${parts.join("\n  ")}`;
}

/** @param {Share} share */
function percent({ covered, total }) {
  return `${((100 * covered) / Math.max(1, total)).toFixed(2).padStart(6)} % (${total - covered} of ${total} not)`;
}

module.exports = CoverageByPackage;
