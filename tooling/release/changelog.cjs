// @ts-check

/**
 * @typedef {{ summary: string, commit?: string }} Changeset What is read of a changeset.
 * @typedef {{ name: string, newVersion: string }} Release
 * @typedef {{ repository?: string } | null} Options
 */

/**
 * One change as a list item: what the author wrote, and where the change can be looked at. Paragraphs after the first
 * stay within the item.
 *
 * @param {Changeset} changeset
 * @param {unknown} _type
 * @param {Options} options
 */
async function getReleaseLine({ summary, commit }, _type, options) {
  const lines = summary.trim().split("\n");
  const hash = commit?.slice(0, 7);
  const repository = options?.repository;
  if (hash && repository) {
    const firstBlank = lines.indexOf("");
    const endOfParagraph = (firstBlank === -1 ? lines.length : firstBlank) - 1;
    lines[endOfParagraph] += ` ([\`${hash}\`](${repository}/commit/${commit}))`;
  }
  return `- ${lines
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n")
    .trimStart()}`;
}

/**
 * The packages of ours that came along: one line, because what changed in them is in their own changelogs.
 *
 * @param {unknown} _changesets
 * @param {readonly Release[]} releases
 */
async function getDependencyReleaseLine(_changesets, releases) {
  if (releases.length === 0) return "";
  return `- Takes ${releases.map(({ name, newVersion }) => `\`${name}\` ${newVersion}`).join(", ")}.`;
}

module.exports = { getReleaseLine, getDependencyReleaseLine };
