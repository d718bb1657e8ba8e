import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { DRIVERS } from "./matrix/driver-builds.mjs";
import { NODES } from "./matrix/node-releases.mjs";
import { renderFailures, renderTable } from "./matrix/render-table.mjs";
import { runCell } from "./matrix/run-cell.mjs";
import { packPackages, publishedManifests } from "./packed/pack-packages.mjs";
import { PackageRegistry } from "./packed/package-registry.mjs";
import { main, root, step } from "./steps.mjs";

/**
 * @typedef {import("./matrix/run-cell.mjs").Cell} Cell
 * @typedef {import("./matrix/run-cell.mjs").Row} Row
 */

const cache = path.join(root, ".matrix");
const resultsFile = path.join(cache, "results.json");

/** @type {readonly [string, readonly Row[]][]} */
const NONE = [];

const { values } = parseArgs({
  options: {
    node: { type: "string", multiple: true, default: NODES },
    driver: { type: "string", multiple: true, default: DRIVERS },
    installer: { type: "string", multiple: true, default: ["npm", "pnpm"] },
    anew: { type: "boolean", default: false },
  },
});

await main("npm run matrix", async () => {
  await step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-matrix-"));
  mkdirSync(cache, { recursive: true });
  const packed = await packPackages(
    publishedManifests().map(({ name }) => name),
    folder,
  );
  const registry = await PackageRegistry.start(packed, folder);
  try {
    const rows = await runCells(packed, registry.url);
    process.stdout.write(renderTable(rows));
    process.stdout.write(renderFailures(rows));
    const failed = rows.filter(({ problem }) => problem !== null).length;
    process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Runs what has not passed yet with these very tarballs, and keeps each result as soon as it is there.
 *
 * @param {readonly import("./packed/pack-packages.mjs").PackedPackage[]} packed
 * @param {string} registry
 */
async function runCells(packed, registry) {
  const fingerprint = fingerprintOf(packed.map(({ tarball }) => tarball));
  const kept = values.anew ? new Map(NONE) : readResults(fingerprint);
  /** @type {Row[]} */
  const rows = [];
  for (const cell of cells()) {
    const name = `Node ${cell.node}, better-sqlite3 ${cell.driver}, ${cell.installer}`;
    const before = kept.get(name);
    const startedAt = performance.now();
    const result = before ?? (await runCell(cell, { packed, registry, cache }));
    rows.push(...result);
    const failed = result.filter(({ problem }) => problem !== null).length;
    const took = before === undefined ? `${Math.round((performance.now() - startedAt) / 1000)} s` : "kept";
    const outcome =
      result.length === 0 ? "refused there" : `${result.length - failed} passed, ${failed} failed (${took})`;
    process.stderr.write(`${name}: ${outcome}\n`);
    if (failed === 0) kept.set(name, result);
    writeFileSync(resultsFile, `${JSON.stringify({ fingerprint, kept: [...kept] }, null, 2)}\n`);
  }
  return rows;
}

/** @returns {Cell[]} */
function cells() {
  return values.node.flatMap((node) =>
    values.driver.flatMap((driver) =>
      values.installer.map((installer) => ({
        node,
        driver,
        installer: /** @type {import("./packed/stranger.mjs").Installer} */ (installer),
      })),
    ),
  );
}

/**
 * @param {string} fingerprint
 * @returns {Map<string, readonly Row[]>}
 */
function readResults(fingerprint) {
  try {
    const results = JSON.parse(readFileSync(resultsFile, "utf8"));
    return results.fingerprint === fingerprint ? new Map(results.kept) : new Map(NONE);
  } catch {
    // Nothing was kept yet.
    return new Map(NONE);
  }
}

/** @param {readonly string[]} files */
function fingerprintOf(files) {
  const hash = createHash("sha256");
  for (const file of [...files].sort()) hash.update(readFileSync(file));
  return hash.digest("hex");
}
