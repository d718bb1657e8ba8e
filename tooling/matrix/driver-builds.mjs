import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { binaryName, keepBinary } from "../packed/driver-binary.mjs";
import { npmScript } from "../packed/stranger.mjs";
import { runCommand } from "../snippets/run-command.mjs";

const BUILD_TIMEOUT_MS = 1_200_000;

/** What the program brings, and what is compiled where no binary can be had: the oldest that is supported. */
const OLDEST_DRIVER = "12.11.1";

/** The versions of better-sqlite3 that are supported: the oldest, and the newest major. */
export const DRIVERS = [OLDEST_DRIVER, "13"];

/**
 * Whether a driver runs on a Node. Version 13 ends the process on Nodes before 22.14; version 12, compiled from source, on Node 24 and
 * later. Both are refused there when a store is opened.
 *
 * @param {string} driver
 * @param {string} nodeVersion
 */
export function runsOn(driver, nodeVersion) {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (!driver.startsWith("13")) return major < 24;
  return major > 22 || (major === 22 && minor >= 14);
}

/**
 * Leaves a binary of the oldest driver for a Node in a folder, compiling it where none can be downloaded. Version 13 brings its binaries,
 * one for all Nodes.
 *
 * @param {import("./node-releases.mjs").NodeRelease} release
 * @param {{ binaries: string, builds: string }} folders
 * @throws {Error} With what the compiler printed, when it cannot be built.
 */
export async function buildDriver(release, { binaries, builds }) {
  if (existsSync(path.join(binaries, binaryName(OLDEST_DRIVER, release.abi)))) return;
  const place = path.join(builds, `better-sqlite3-${OLDEST_DRIVER}-node-${release.version}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "package.json"), '{ "private": true }\n');
  const { exitCode, output } = await runCommand(
    release.program,
    [npmScript(), "install", `better-sqlite3@${OLDEST_DRIVER}`],
    { cwd: place, env: buildEnvironment(release), timeoutMs: BUILD_TIMEOUT_MS },
  );
  if (exitCode !== 0)
    throw new Error(`better-sqlite3 ${OLDEST_DRIVER} was not built (${exitCode}):\n${output}`);
  await keepBinary(path.join(place, "node_modules", "better-sqlite3"), release.abi, binaries);
}

/** @param {import("./node-releases.mjs").NodeRelease} release */
function buildEnvironment({ program, headers }) {
  return {
    PATH: [path.dirname(program), process.env["PATH"]].join(path.delimiter),
    // Without them they would be downloaded.
    ...(existsSync(path.join(headers, "include", "node")) ? { npm_config_nodedir: headers } : {}),
  };
}
