import { spawn } from "node:child_process";

const TIMEOUT_MS = 60_000;

/**
 * @typedef {object} Outcome
 * @property {number | null} exitCode Null for a process that a signal ended, the time limit included.
 * @property {string} output What it wrote to stdout and stderr.
 */

/**
 * Runs a command as a reader would: without the settings that this test run itself was started with.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs?: number | undefined }} options Variables that are undefined are taken out.
 * @returns {Promise<Outcome>}
 */
export function runCommand(command, args, { cwd, env = {}, timeoutMs = TIMEOUT_MS }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      // pnpm's launchers set NODE_PATH, and with it packages are found that the application has not installed.
      env: { ...process.env, NODE_PATH: undefined, NODE_OPTIONS: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output }));
  });
}
