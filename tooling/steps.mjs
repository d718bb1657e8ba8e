import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The workspace's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const tailLines = 60;

/** One step did not end with exit code 0. What it printed has been shown already. */
export class StepFailedError extends Error {
  /**
   * @param {string} step
   * @param {number} exitCode
   */
  constructor(step, exitCode) {
    super(`failed at: ${step}`);
    this.exitCode = exitCode;
  }
}

/**
 * @typedef {object} StepOptions
 * @property {boolean} [live] Shows the output as it comes, and keeps no log.
 * @property {string} [cwd] Where the command runs; the workspace's root without it.
 * @property {Readonly<Record<string, string>>} [env] Set on top of the environment.
 */

/**
 * Runs one command and reports it in one line on stderr. Its output goes to
 * `.logs/<name>.log`, the end of which is shown when it fails.
 *
 * @param {string} name What the line says.
 * @param {string} command A program on the PATH or in the workspace's `node_modules/.bin`.
 * @param {readonly string[]} args
 * @param {StepOptions} [options]
 * @throws {StepFailedError} When the exit code is not 0.
 */
export async function step(name, command, args, options = {}) {
  const { live = false } = options;
  const startedAt = performance.now();
  process.stderr.write(live ? `${name} …\n` : `${name} … `);
  const logFile = path.join(".logs", `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.log`);
  const exitCode = live
    ? await run(command, args, options, "inherit")
    : await runLogged(command, args, options, logFile);
  if (exitCode === 0) {
    process.stderr.write(`${live ? `${name}: ` : ""}${seconds(performance.now() - startedAt)} s\n`);
    return;
  }
  process.stderr.write(`${live ? `${name}: ` : ""}failed with exit code ${exitCode}\n`);
  if (!live) process.stderr.write(`${tail(path.join(root, logFile))}\n(the whole log: ${logFile})\n`);
  throw new StepFailedError(name, exitCode);
}

/**
 * Runs a script's body. A failed step ends the process with that step's exit code, without a stack trace.
 *
 * @param {string} name The command as a person types it, for the last line.
 * @param {() => Promise<void>} body
 */
export async function main(name, body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof StepFailedError)) throw error;
    process.stderr.write(`${name} ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StepOptions} options
 * @param {string} logFile
 */
async function runLogged(command, args, options, logFile) {
  mkdirSync(path.join(root, ".logs"), { recursive: true });
  const log = openSync(path.join(root, logFile), "w");
  try {
    return await run(command, args, options, ["ignore", log, log]);
  } finally {
    closeSync(log);
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StepOptions} options
 * @param {import("node:child_process").StdioOptions} stdio
 * @returns {Promise<number>} The exit code; 1 for a process that a signal ended.
 */
function run(command, args, { cwd = root, env = {} }, stdio) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio,
      env: {
        ...process.env,
        PATH: `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
        TURBO_TELEMETRY_DISABLED: "1",
        ...env,
      },
      // npx and the commands of node_modules/.bin are .cmd files there.
      shell: process.platform === "win32",
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** @param {string} file */
function tail(file) {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-tailLines).join("\n");
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(1);
}
