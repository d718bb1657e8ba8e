import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { npmScript } from "../packed/stranger.mjs";
import { runCommand } from "../snippets/run-command.mjs";

/** The Nodes that the packages are said to run on: the oldest, and the newest of each line. */
export const NODES = ["20.19.0", "20", "22", "24", "26"];

const TIMEOUT_MS = 600_000;

/**
 * @typedef {object} NodeRelease
 * @property {string} wanted What it was asked for by, for example `22`.
 * @property {string} version
 * @property {string} abi What addons are built for.
 * @property {string} program
 * @property {string} headers The folder above `include/node`.
 */

/**
 * A Node of the npm registry, kept in a folder.
 *
 * @param {string} wanted
 * @param {string} folder
 * @returns {Promise<NodeRelease>}
 * @throws {Error} When it cannot be had.
 */
export async function obtainNode(wanted, folder) {
  const place = path.join(folder, wanted);
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const headers = path.join(place, "node_modules", name);
  const program = path.join(headers, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(program)) {
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, "package.json"), '{ "private": true }\n');
    await succeed(process.execPath, [npmScript(), "install", "--ignore-scripts", `${name}@${wanted}`], place);
  }
  const versions = await succeed(program, ["-p", "JSON.stringify(process.versions)"], place);
  const { node: version, modules: abi } = JSON.parse(versions);
  return { wanted, version, abi, program, headers };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function succeed(command, args, cwd) {
  const { exitCode, output } = await runCommand(command, args, { cwd, timeoutMs: TIMEOUT_MS });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${exitCode}:\n${output}`);
  return output;
}
