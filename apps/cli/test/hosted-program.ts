import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { CliResult } from "./run-cli.js";

const HOST = fileURLToPath(new URL("program-host.mjs", import.meta.url));
const PROGRAM_FOLDER = fileURLToPath(new URL("../dist", import.meta.url));

export interface HostedRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A process that runs the built program for one test after the other, see program-host.mjs. It ends with the process of the tests. */
class HostedProgram {
  #outputFolder = "";
  #host: ChildProcess | null = null;
  #isBusy = false;

  /** Whether it can be asked at all, and is not running the program for somebody else: it has one working folder and one stdout. */
  get isFree(): boolean {
    // Elsewhere a file cannot take the place of stdout.
    return process.platform !== "win32" && !this.#isBusy;
  }

  async run(run: HostedRun): Promise<CliResult> {
    this.#host ??= this.#startHost();
    const host = this.#host;
    this.#isBusy = true;
    host.ref();
    const over = new AbortController();
    try {
      const answer = once(host, "message", over);
      const death = once(host, "exit", over);
      host.send(run);
      const [result] = await Promise.race([answer, death.then(() => [null])]);
      if (result !== null) return result as CliResult;
    } finally {
      over.abort();
      host.unref();
      this.#isBusy = false;
    }
    this.#host = null;
    const stderr = readFileSync(path.join(this.#outputFolder, "stderr"), "utf8");
    throw new Error(`${run.argv.join(" ")} ended its process by itself: ${stderr}`);
  }

  #startHost(): ChildProcess {
    // The host removes it when it ends: the process of the tests may be ended at any moment.
    this.#outputFolder = mkdtempSync(path.join(os.tmpdir(), "agent-sessions-host-"));
    const host = fork(HOST, [PROGRAM_FOLDER, this.#outputFolder], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: [],
    });
    host.channel?.unref();
    return host;
  }
}

export const hostedProgram: HostedProgram = new HostedProgram();
