import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { hostedProgram } from "./hosted-program.js";

/** Compiled code of the built program, which the tests share as the runs of a user do. */
const CACHE = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  /** The working folder; temporary, and the home and data folders lie in it. */
  readonly folder: string;
  /** The environment of the program. */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Runs the built program. What stdin brings, and what runs beside another run, gets a process of its own; all else the one that runs the
   * program for one test after the other.
   */
  run(
    args: readonly string[],
    options?: { readonly stdin?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv },
  ): Promise<CliResult>;
  /** Runs with `--json`, expects exit code 0 and gives the one document of stdout. */
  json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T>;
  /** Runs with `--json`, expects exit code 0 and gives the JSON lines of stdout. */
  records<T = Record<string, unknown>>(...args: readonly string[]): Promise<readonly T[]>;
}

/**
 * The built program in a temporary folder of its own, with an environment that names no store unless `store` does.
 *
 * @param options `starts`: each run is a process of its own, as it is for a user
 */
export async function newCli(
  store?: string,
  { starts = false }: { readonly starts?: boolean } = {},
): Promise<Cli> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-cli-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const { PATH, TMPDIR } = process.env;
  const base = {
    PATH,
    TMPDIR,
    HOME: folder,
    TZ: "UTC",
    XDG_CACHE_HOME: CACHE,
    XDG_DATA_HOME: path.join(folder, "data"),
    ...(store === undefined ? {} : { AGENT_SESSIONS_STORE: store }),
  };
  const run: Cli["run"] = async (args, { stdin, env } = {}) => {
    const settings = { cwd: folder, env: { ...base, ...env } };
    if (!starts && stdin === undefined && hostedProgram.isFree)
      return await hostedProgram.run({ argv: [process.execPath, PROGRAM, ...args], ...settings });
    return await start(args, settings, stdin);
  };
  const jsonText = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run([...args, "--json"]);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return {
    folder,
    env: base,
    run,
    json: async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await jsonText(args)) as T,
    records: async <T>(...args: readonly string[]): Promise<readonly T[]> =>
      (await jsonText(args))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as T),
  };
}

/** Runs the built program in a process of its own. */
async function start(
  args: readonly string[],
  settings: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  stdin: string | Uint8Array = "",
): Promise<CliResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], settings);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    // A program that has ended before it was given anything has no need of it.
    child.stdin.on("error", () => undefined).end(stdin);
  });
}
