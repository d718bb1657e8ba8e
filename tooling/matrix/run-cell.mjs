import path from "node:path";
import { checksFor } from "../packed/checks.mjs";
import { binariesFrom } from "../packed/driver-binary.mjs";
import { Project } from "../packed/project.mjs";
import { STORE_URLS } from "../packed/run-program.mjs";
import { buildDriver, runsOn } from "./driver-builds.mjs";
import { obtainNode } from "./node-releases.mjs";

/**
 * @typedef {object} Cell
 * @property {string} node A version, or the beginning of one.
 * @property {string} driver The same of better-sqlite3.
 * @property {import("../packed/stranger.mjs").Installer} installer
 *
 * @typedef {object} Row
 * @property {string} packageName
 * @property {string} system
 * @property {string} what
 * @property {string} node The version that it ran on, or that was wanted.
 * @property {string} installation How the packages got there.
 * @property {string | null} problem Null when it passed.
 *
 * @typedef {object} Supplies
 * @property {readonly import("../packed/pack-packages.mjs").PackedPackage[]} packed
 * @property {string} registry
 * @property {string} cache Where Nodes and what was compiled are kept.
 */

/**
 * Tries all packages on one Node with one driver, as one installer puts them in place. What keeps it from beginning is a failed row: a
 * Node that cannot be had has not passed. A driver that does not run on that Node gives no rows.
 *
 * @param {Cell} cell
 * @param {Supplies} supplies
 * @returns {Promise<Row[]>}
 */
export async function runCell(cell, { packed, registry, cache }) {
  const installation = `${cell.installer}, better-sqlite3 ${cell.driver}`;
  /** @type {Project | undefined} */
  let project;
  try {
    const release = await obtainNode(cell.node, path.join(cache, "nodes"));
    if (!runsOn(cell.driver, release.version)) return [];
    const binaries = path.join(cache, "binaries");
    await buildDriver(release, { binaries, builds: path.join(cache, "builds") });
    project = await Project.install(
      { node: release.program, registry, offline: false, env: binariesFrom(binaries) },
      {
        installer: cell.installer,
        packed,
        versions: { "better-sqlite3": cell.driver, "@types/node": release.version.replace(/\..*/, "") },
      },
    );
    /** @type {Row[]} */
    const rows = [];
    const manifests = packed.map(({ manifest }) => manifest);
    for (const check of checksFor(manifests, selectionFor(cell))) {
      const { packageName, system, what } = check;
      const problem = await problemOf(check.run(project));
      rows.push({ packageName, system, what, node: release.version, installation, problem });
    }
    return rows;
  } catch (error) {
    const problem = messageOf(error);
    return [{ packageName: "all", system: "", what: "installation", node: cell.node, installation, problem }];
  } finally {
    project?.remove();
  }
}

/**
 * The contract is run once on each Node and each driver: who installed the packages makes no difference to it.
 *
 * @param {Cell} cell
 * @returns {import("../packed/checks.mjs").Selection}
 */
function selectionFor({ driver, installer }) {
  const all = driver.startsWith("13") ? ["sqlite"] : ["core", "json", "yaml", "sqlite"];
  const contracts = installer === "npm" ? all : [];
  return { installer, resolutions: ["NodeNext", "Bundler"], readmes: true, urls: STORE_URLS, contracts };
}

/** @param {Promise<void>} run */
async function problemOf(run) {
  try {
    await run;
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
