import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A lockfile's difference can be long. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs git in a folder.
 *
 * @param {string} folder
 * @param {readonly string[]} args
 * @returns {Promise<string>} What it printed, without the last newline.
 */
export async function git(folder, ...args) {
  const { stdout } = await run("git", args, { cwd: folder, maxBuffer: MAX_OUTPUT_BYTES });
  return stdout.trimEnd();
}
