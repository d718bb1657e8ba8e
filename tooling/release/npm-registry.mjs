import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { npmScript } from "../packed/stranger.mjs";

const run = promisify(execFile);

/**
 * The address of the registry that npm is set to, with a slash at its end.
 *
 * @returns {Promise<string>}
 */
export async function npmRegistry() {
  const { stdout } = await run(process.execPath, [npmScript(), "config", "get", "registry"]);
  return stdout.trim().replace(/\/?$/, "/");
}
