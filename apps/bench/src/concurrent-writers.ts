import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { AppendForAnswer, AppendForInput } from "./child/append-for.js";
import { type Backend, type Durability, openBackend, storePath } from "./open-backend.js";
import { runTask } from "./run-child.js";
import type { Scratch } from "./scratch.js";

export interface WritersOptions {
  readonly backend: Backend;
  readonly durability: Durability;
  readonly writers: number;
  /** Whether all append to one session, or each to its own. */
  readonly share: boolean;
  readonly milliseconds: number;
  /** SQLite only: the same statements by hand, and no store. @default false */
  readonly isByHand?: boolean;
  /** So many other processes keep the processor busy meanwhile. @default 0 */
  readonly busyProcesses?: number;
}

const POLL_MS = 2;

/** Lets so many processes append at once, and returns what each of them saw. None begins before all are ready. */
export async function concurrentWriters(
  scratch: Scratch,
  { backend, durability, writers, share, milliseconds, isByHand = false, busyProcesses = 0 }: WritersOptions,
): Promise<readonly AppendForAnswer[]> {
  const path = storePath(scratch.path("store"), backend);
  const ids = Array.from({ length: writers }, (_, writer) => (share ? "shared" : `writer-${writer}`));
  await createSessions(backend, path, new Set(ids));
  const startFile = scratch.path("start");
  const readyFiles = ids.map(() => scratch.path("ready"));
  const answers = Promise.all(
    ids.map((id, writer) => {
      const readyFile = readyFiles[writer] ?? "";
      const input: AppendForInput = {
        backend,
        path,
        id,
        isByHand,
        durability,
        milliseconds,
        startFile,
        readyFile,
      };
      return runTask<AppendForAnswer>("appendFor", input);
    }),
  );
  // A writer that fails ends the waiting.
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  answers.then(end, end);
  while (!hasEnded && !readyFiles.every((file) => existsSync(file))) await setTimeout(POLL_MS);
  const busy = Array.from({ length: busyProcesses }, startBusyProcess);
  writeFileSync(startFile, "");
  try {
    return await answers;
  } finally {
    for (const child of busy) child.kill("SIGKILL");
  }
}

/** It ends with this process, too: nobody else would end it. */
function startBusyProcess(): ChildProcess {
  const loop = `const parent = process.ppid; while (process.ppid === parent) for (let n = 0; n < 1e8; n++);`;
  return spawn(process.execPath, ["-e", loop], { stdio: "ignore" });
}

async function createSessions(backend: Backend, path: string, ids: ReadonlySet<string>): Promise<void> {
  const store = await openBackend(backend, path);
  for (const id of ids) await store.create({ id });
  await store.close();
}
