import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { JobEvent, JobName, JobParameters, JobResult } from "./jobs.js";

/** A process that does one job on the store. */
export interface Worker<Name extends JobName> {
  /** Lets it begin; it waits for this with its store open. */
  go(): void;
  /** Asks it to end as soon as it can. */
  stop(): void;
  /** SIGKILL; resolves when it is gone and everything that it said has been heard. */
  kill(): Promise<void>;
  /** What the job returned; null after `kill()`. Rejects when the job threw, and when the process ended in any other way. */
  readonly result: Promise<JobResult<Name> | null>;
}

/** Starts a process and waits until its store is open. */
export type StartWorker = <Name extends JobName>(
  job: Name,
  opener: ProcessOpener,
  parameters: JobParameters<Name>,
  onEvent?: (event: JobEvent) => void,
) => Promise<Worker<Name>>;

/** What a worker says; `event` is said and heard before the job goes on. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "event"; readonly event: JobEvent }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly message: string };

const WORKER = fileURLToPath(new URL("../dist/worker.js", import.meta.url));

/** Starts processes, and ends those that are left. */
export class WorkerPool {
  readonly #alive = new Set<ChildProcess>();

  readonly start: StartWorker = async (job, opener, parameters, onEvent = () => undefined) => {
    const child = fork(WORKER, [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.#alive.add(child);
    // What it said last may still be on its way when it exits; the end of the channel comes after that.
    const gone = Promise.all([
      new Promise<void>((resolve) => child.once("exit", () => resolve())),
      new Promise<void>((resolve) => child.once("disconnect", () => resolve())),
    ]).then(() => void this.#alive.delete(child));
    let isKilled = false;
    let beReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      beReady = resolve;
    });
    const result = new Promise<unknown>((resolve, reject) => {
      child.on("message", (message: WorkerMessage) => {
        if (message.kind === "ready") beReady();
        else if (message.kind === "event") onEvent(message.event);
        else if (message.kind === "result") resolve(message.result);
        else reject(new Error(`${job}: ${message.message}`));
      });
      void gone.then(() => {
        if (isKilled) resolve(null);
        else
          reject(
            new Error(`${job}: its process ended by ${child.signalCode ?? `exit code ${child.exitCode}`}`),
          );
      });
    });
    // Whoever waits for the result gets the error as well.
    result.catch(() => undefined);
    child.send({ job, opener, parameters });
    await Promise.race([ready, result]);
    return {
      go: () => tell(child, "go"),
      stop: () => tell(child, "stop"),
      kill: async () => {
        isKilled = true;
        child.kill("SIGKILL");
        await gone;
      },
      result: result as Promise<JobResult<typeof job> | null>,
    };
  };

  /** Kills what still lives. */
  async end(): Promise<void> {
    const ends = [...this.#alive].map(
      (child) => new Promise<void>((resolve) => child.once("exit", () => resolve())),
    );
    for (const child of this.#alive) child.kill("SIGKILL");
    await Promise.all(ends);
  }
}

function tell(child: ChildProcess, message: "go" | "stop"): void {
  if (child.connected) child.send(message, () => undefined);
}
