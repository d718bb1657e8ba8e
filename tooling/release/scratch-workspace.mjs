import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { packageFolders } from "../install-stamp.mjs";
import { readManifest } from "../lints/published-packages.mjs";
import { root } from "../steps.mjs";
import { git } from "./git.mjs";

const run = promisify(execFile);
const changesetProgram = path.join(root, "node_modules/@changesets/cli/bin.js");

/** What a release reads of the workspace's root, and what a package publishes. */
const OF_ROOT = [
  "package.json",
  "pnpm-workspace.yaml",
  ".gitignore",
  ".changeset/config.json",
  "tooling/release/changelog.cjs",
];
const OF_PACKAGE = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist", "samples"];

/**
 * @typedef {object} ScratchOptions
 * @property {boolean} [built] With what was built, for packing; manifests alone without it.
 * @property {readonly string[]} [only] The names of the folders of those to take, instead of all.
 * @property {string} [version] Given to every published package instead of its own.
 */

/** A copy of the workspace in a git repository of its own, to try a release on. It begins without changesets. */
export class ScratchWorkspace {
  /** @type {string} */
  folder;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {ScratchOptions} [options] */
  static async create({ built = false, only, version } = {}) {
    const scratch = new ScratchWorkspace(
      mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-release-")),
    );
    for (const file of OF_ROOT) scratch.#copy(file);
    const members = packageFolders(root).filter(
      (folder) => folder !== "." && (only?.includes(path.basename(folder)) ?? true),
    );
    for (const member of members) {
      for (const file of built ? OF_PACKAGE : ["package.json"]) scratch.#copy(path.join(member, file));
      if (version !== undefined) scratch.#setVersion(member, version);
    }
    scratch.#link(members);
    await git(scratch.folder, "init", "--quiet", "--initial-branch=main");
    await git(scratch.folder, "config", "user.name", "Release test");
    await git(scratch.folder, "config", "user.email", "release@example.org");
    await git(scratch.folder, "config", "core.autocrlf", "false");
    await scratch.commit("feat: begin");
    return scratch;
  }

  /**
   * @param {string} file
   * @param {string} text
   */
  write(file, text) {
    mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    writeFileSync(path.join(this.folder, file), text);
  }

  /**
   * @param {string} name Of the file.
   * @param {Readonly<Record<string, "major" | "minor" | "patch">>} releases
   * @param {string} summary
   */
  addChangeset(name, releases, summary) {
    const head = Object.entries(releases).map(([released, kind]) => `"${released}": ${kind}\n`);
    this.write(`.changeset/${name}.md`, `---\n${head.join("")}---\n\n${summary}\n`);
  }

  /** @param {string} message */
  async commit(message) {
    await git(this.folder, "add", "--all");
    await git(this.folder, "commit", "--quiet", "--no-verify", `--message=${message}`);
  }

  /**
   * Runs the workspace's `changeset` here.
   *
   * @param {readonly string[]} args
   */
  async changeset(...args) {
    await run(process.execPath, [changesetProgram, ...args], { cwd: this.folder });
  }

  /** The version of every package, by its name. */
  versions() {
    const manifests = packageFolders(this.folder).map((folder) =>
      readManifest(path.join(this.folder, folder)),
    );
    return Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @param {string} file */
  #copy(file) {
    const from = path.join(root, file);
    if (existsSync(from)) cpSync(from, path.join(this.folder, file), { recursive: true });
  }

  /**
   * @param {string} member
   * @param {string} version
   */
  #setVersion(member, version) {
    const manifest = readManifest(path.join(this.folder, member));
    if (manifest.private === true) return;
    this.write(path.join(member, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  }

  /**
   * As an install would: pnpm packs only packages whose dependencies within the workspace are in place.
   *
   * @param {readonly string[]} members
   */
  #link(members) {
    const manifests = members.map((member) => ({
      member,
      manifest: readManifest(path.join(this.folder, member)),
    }));
    const folders = new Map(manifests.map(({ member, manifest }) => [manifest.name, member]));
    for (const { member, manifest } of manifests) {
      for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
        const target = folders.get(name);
        if (target === undefined) continue;
        const link = path.join(this.folder, member, "node_modules", name);
        mkdirSync(path.dirname(link), { recursive: true });
        symlinkSync(path.join(this.folder, target), link, "junction");
      }
    }
  }
}
