import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process of ours that ended badly. */
export class ChildFailedError extends Error {
  constructor(command: string, exitCode: number | null, output: string) {
    super(`${command} ended with ${exitCode ?? "a signal"}:\n${output}`);
    this.name = "ChildFailedError";
  }
}

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
/** What makes every start of Node slower, and is not ours to measure. */
const LEFT_OUT = { NODE_EXTRA_CA_CERTS: undefined, NODE_OPTIONS: undefined };

/** Runs a task of `child.ts` in a fresh process and returns what it answered. */
export async function runTask<Answer>(task: string, input: object): Promise<Answer> {
  const output = await runNode([CHILD, task, JSON.stringify(input)]);
  return JSON.parse(output) as Answer;
}

/** Runs Node with these arguments and returns what it wrote to stdout. */
export async function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...LEFT_OUT, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => {
      if (exitCode === 0) resolve(stdout);
      else reject(new ChildFailedError(`node ${args.join(" ")}`, exitCode, stderr + stdout));
    });
  });
}
