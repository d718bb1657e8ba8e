/** @typedef {import("./run-cell.mjs").Row} Row */

/**
 * A line for each package, module system and check, a column for each Node. A cell says in how many installations it passed, of how
 * many; empty where it was not tried.
 *
 * @param {readonly Row[]} rows
 */
export function renderTable(rows) {
  const nodes = [...new Set(rows.map(({ node }) => node))];
  const subjects = [...new Set(rows.map(subjectOf))].sort();
  const lines = subjects.map((subject) => {
    const own = rows.filter((row) => subjectOf(row) === subject);
    return [...subject.split("\t"), ...nodes.map((node) => cellOf(own.filter((row) => row.node === node)))];
  });
  const table = [["package", "system", "check", ...nodes.map((node) => `Node ${node}`)], ...lines];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const drawn = table.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${drawn.join("\n")}\n`;
}

/** @param {readonly Row[]} rows */
export function renderFailures(rows) {
  return rows
    .filter(({ problem }) => problem !== null)
    .map(
      ({ packageName, system, what, node, installation, problem }) =>
        `\nFAILED ${packageName}, ${system}, ${what}, Node ${node}, ${installation}\n${problem}\n`,
    )
    .join("");
}

/** @param {Row} row */
function subjectOf({ packageName, system, what }) {
  return `${packageName}\t${system}\t${what}`;
}

/** @param {readonly Row[]} rows */
function cellOf(rows) {
  if (rows.length === 0) return "";
  const passed = rows.filter(({ problem }) => problem === null).length;
  return passed === rows.length ? `passed ${passed}` : `FAILED ${rows.length - passed} of ${rows.length}`;
}
