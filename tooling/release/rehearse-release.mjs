import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { installedPackages } from "../packed/installed-packages.mjs";
import { PackageRegistry } from "../packed/package-registry.mjs";
import { Stranger } from "../packed/stranger.mjs";
import { PublishRegistry } from "./publish-registry.mjs";
import { release } from "./release.mjs";
import { ScratchWorkspace } from "./scratch-workspace.mjs";
import { versionPackages } from "./version-packages.mjs";

const FIRST_VERSION = "0.1.0";
/** All that can be installed without compiling anything; the driver of SQLite may have to be. */
const INSTALLED = ["core", "file", "formats", "json", "yaml"].map((name) => `@agent-sessions/${name}`);

const PROGRAM = `import { openStore } from "@agent-sessions/core";
const store = await openStore("json:./sessions");
await store.create({ id: "one", messages: [{ role: "user", content: "Released" }] });
console.log((await store.load("one")).messages[0].content);
await store.close();
`;

/**
 * @typedef {object} Rehearsal
 * @property {Readonly<Record<string, string>>} versions Of the packages, by name, after the release.
 * @property {readonly string[]} published `name@version`, in the order in which the registry got them.
 * @property {string} changelog Core's.
 * @property {Readonly<Record<string, string>>} installed Versions in a project that installed the tarballs, by name.
 * @property {string} output What a program there printed.
 */

/**
 * A whole release on a copy of the workspace as it is built: three changesets are written, turned into versions and
 * changelogs, packed, published to a registry on the loopback interface, and installed from the tarballs into an
 * empty project, in which a program then runs.
 *
 * @param {(line: string) => void} report
 * @returns {Promise<Rehearsal>}
 */
export async function rehearseRelease(report) {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-rehearsal-"));
  const registry = await PublishRegistry.start();
  const scratch = await ScratchWorkspace.create({ built: true, version: FIRST_VERSION });
  try {
    await describeChanges(scratch);
    const settings = path.join(folder, "npmrc");
    writeFileSync(settings, registry.credentials);
    await release({
      root: scratch.folder,
      registry: registry.url,
      publish: true,
      provenance: false,
      env: { npm_config_userconfig: settings },
      check: async () => undefined,
      report,
    });
    return {
      versions: scratch.versions(),
      published: registry.published,
      changelog: readFileSync(path.join(scratch.folder, "packages/core/CHANGELOG.md"), "utf8"),
      ...(await installTarballs(scratch, folder)),
    };
  } finally {
    scratch.remove();
    await registry.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {ScratchWorkspace} scratch */
async function describeChanges(scratch) {
  scratch.addChangeset("one", { "@agent-sessions/core": "minor" }, "The contract grows by a clause.");
  scratch.addChangeset("two", { "@agent-sessions/json": "minor" }, "Appends take half the time.");
  scratch.addChangeset(
    "three",
    { "@agent-sessions/yaml": "patch", "agent-sessions": "patch" },
    "Deep nesting is refused.",
  );
  await scratch.commit("feat: three changes");
  await versionPackages(scratch.folder);
  await scratch.commit("chore: version packages");
}

/**
 * @param {ScratchWorkspace} scratch
 * @param {string} folder
 */
async function installTarballs(scratch, folder) {
  const tarballs = path.join(scratch.folder, ".release");
  const versions = scratch.versions();
  const others = path.join(folder, "others");
  mkdirSync(others);
  const registry = await PackageRegistry.start(installedPackages(), others);
  const stranger = new Stranger({ registry: registry.url, offline: true });
  try {
    const files = INSTALLED.map((name) => `${name.slice(1).replace("/", "-")}-${versions[name]}.tgz`);
    await stranger.install(
      "npm",
      files.map((file) => path.join(tarballs, file)),
    );
    stranger.write("program.mjs", PROGRAM);
    const { exitCode, output } = await stranger.node(["program.mjs"]);
    if (exitCode !== 0) throw new Error(output);
    return { installed: installedVersions(stranger.folder), output };
  } finally {
    stranger.remove();
    await registry.close();
  }
}

/** @param {string} project */
function installedVersions(project) {
  const lock = JSON.parse(readFileSync(path.join(project, "package-lock.json"), "utf8"));
  const places = /** @type {[string, { version: string }][]} */ (Object.entries(lock.packages));
  return Object.fromEntries(
    places
      .filter(([place]) => place.includes("@agent-sessions/"))
      .map(([place, { version }]) => [place.replace("node_modules/", ""), version]),
  );
}
