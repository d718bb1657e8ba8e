import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { runCommand } from "../snippets/run-command.mjs";
import { pnpmScript } from "./pack-packages.mjs";

/** What programs and installers there get of this process's environment. Settings of npm are not among it. */
const INHERITED =
  /^(?:HOME|TMPDIR|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|SystemRoot|ComSpec|PATHEXT|LANG|NODE_EXTRA_CA_CERTS|.*_proxy)$/i;
const INSTALL_TIMEOUT_MS = 600_000;

/** @typedef {"npm" | "pnpm"} Installer */

/**
 * @typedef {object} StrangerOptions
 * @property {string} [node] The program; the running one without it.
 * @property {string} registry The address of a `PackageRegistry`.
 * @property {boolean} offline Whether that one has everything, or our packages alone.
 * @property {Readonly<Record<string, string>>} [env] Set for installers on top.
 */

/** Somebody's project outside the workspace, empty at first, and their Node. */
export class Stranger {
  /** @type {string} */
  folder;
  #node;
  #options;

  /** @param {StrangerOptions} options */
  constructor(options) {
    this.folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-stranger-"));
    this.#node = options.node ?? process.execPath;
    this.#options = options;
    this.write("package.json", '{ "name": "stranger", "private": true, "type": "module" }\n');
    // An undeclared dependency shall be found, so pnpm is kept from putting everything within reach of everybody.
    this.write("pnpm-workspace.yaml", "hoist: false\nonlyBuiltDependencies: [better-sqlite3]\n");
    this.write(".npmrc", `${this.#registrySetting}\n`);
  }

  get #registrySetting() {
    return `${this.#options.offline ? "" : "@agent-sessions:"}registry=${this.#options.registry}`;
  }

  /** Where the programs of installed packages are. */
  get programs() {
    return path.join(this.folder, "node_modules", ".bin");
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  write(name, text) {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /**
   * A new, empty folder inside the project.
   *
   * @param {string} name
   */
  addFolder(name) {
    const folder = path.join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /**
   * Adds packages to the project.
   *
   * @param {Installer} installer
   * @param {readonly string[]} packages Names, with versions where they matter, and tarballs.
   * @throws {Error} With what the installer printed, when it fails.
   */
  async install(installer, packages) {
    await this.#installWith(installer, [installer === "npm" ? "install" : "add", ...packages]);
  }

  /**
   * Installs programs as `npm install --global` does, into an empty place of the project.
   *
   * @param {readonly string[]} packages
   * @returns {Promise<string>} The folder that would have to be on the PATH.
   */
  async installGlobally(packages) {
    const prefix = path.join(this.folder, "global");
    // Outside a project its .npmrc does not count.
    const registry = `--${this.#registrySetting}`;
    await this.#installWith("npm", ["install", "--global", "--prefix", prefix, registry, ...packages]);
    return process.platform === "win32" ? prefix : path.join(prefix, "bin");
  }

  /**
   * Puts a package by others there without installing it, for what takes too long to.
   *
   * @param {string} name
   * @param {string} place
   */
  link(name, place) {
    const link = path.join(this.folder, "node_modules", name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(realpathSync(place), link, "junction");
  }

  /**
   * Runs a program with the stranger's Node.
   *
   * @param {readonly string[]} args
   * @param {{ cwd?: string, timeoutMs?: number }} [options]
   */
  async node(args, { cwd = this.folder, timeoutMs } = {}) {
    return await runCommand(this.#node, args, { cwd, timeoutMs, env: this.#environment([]) });
  }

  /**
   * Runs lines as they are typed into a shell, in a folder of the project.
   *
   * @param {string} lines
   * @param {{ cwd: string, programs?: readonly string[] }} options `programs`: folders to put on the PATH.
   */
  async shell(lines, { cwd, programs = [this.programs] }) {
    const env = { ...this.#environment(programs), HOME: cwd };
    return await runCommand("sh", ["-euc", lines], { cwd, env });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * @param {Installer} installer
   * @param {readonly string[]} args
   */
  async #installWith(installer, args) {
    const caches = path.join(this.folder, ".caches");
    const env = {
      ...this.#environment([]),
      npm_config_cache: path.join(caches, "npm"),
      npm_config_cache_dir: path.join(caches, "pnpm"),
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
      npm_config_fund: "false",
      ...(this.#options.offline ? { npm_config_store_dir: path.join(caches, "store") } : {}),
      ...this.#options.env,
    };
    const script = installer === "npm" ? npmScript() : pnpmScript;
    const timeoutMs = INSTALL_TIMEOUT_MS;
    const { exitCode, output } = await runCommand(this.#node, [script, ...args], {
      cwd: this.folder,
      env,
      timeoutMs,
    });
    if (exitCode !== 0) throw new Error(`${installer} ${args.join(" ")} ended with ${exitCode}:\n${output}`);
  }

  /** @param {readonly string[]} programs */
  #environment(programs) {
    /** @type {Record<string, string | undefined>} */
    const env = {};
    for (const name of Object.keys(process.env)) {
      if (!INHERITED.test(name)) env[name] = undefined;
    }
    const system = (process.env["PATH"] ?? "").split(path.delimiter);
    // npm put the workspace's own programs there.
    const outside = system.filter((folder) => !folder.includes("node_modules"));
    const PATH = [...programs, path.dirname(this.#node), ...outside].join(path.delimiter);
    return { ...env, PATH, NO_COLOR: "1", CI: "true" };
  }
}

/** npm's own program, so that it runs on the stranger's Node whatever Node it came with. */
export function npmScript() {
  const own = process.env["npm_execpath"] ?? "";
  if (own.endsWith("npm-cli.js")) return own;
  const besideNode = createRequire(path.join(path.dirname(realpathSync(process.execPath)), "x"));
  const places = ["../lib/node_modules/npm/bin/npm-cli.js", "./node_modules/npm/bin/npm-cli.js"];
  for (const place of places) {
    try {
      return besideNode.resolve(place);
    } catch {
      // The next one: Windows has it beside node, others a level up.
    }
  }
  throw new Error('npm was not found beside this Node: run this with "npm run" or "npm exec"');
}
