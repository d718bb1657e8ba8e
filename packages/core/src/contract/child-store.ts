import { spawn } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { JsonValue } from "../json-value.js";
import type { SessionHead } from "../session.js";
import { CHILD_SCRIPT } from "./child-script.js";
import type { ProcessOpener } from "./contract-harness.js";

/** How a call in the child ended; errors cross as their code and text. */
export type ChildOutcome =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string | null; readonly message: string } };

/** A store that lives in another process or thread. */
export interface ChildStore {
  /** Calls methods of the store one after the other; iterables are read to their end. */
  call(calls: readonly ChildCall[]): Promise<readonly ChildOutcome[]>;
  /** Adds 1 to `state[key]` by the function form of `update`. */
  increment(id: string, key: string, times: number): Promise<void>;
  /** Adds 1 to `state[key]` by reading and writing under `withLock`. */
  incrementLocked(id: string, key: string, times: number): Promise<void>;
  /**
   * Appends the batches `1.0 1.1`, `2.0 2.1`, … and tells the number of each that was acknowledged. Never resolves; rejects when
   * an append fails, and when the child is killed.
   */
  writeOn(id: string, onAcknowledged: (batch: number) => void): Promise<void>;
  /** Restores a session from entries that are made one by one as they are asked for. */
  restore(made: MadeSession, onStalled?: (entries: number) => void): Promise<void>;
  /** Iterates over a session's messages, keeping none, and tells how many there are. */
  count(id: string): Promise<number>;
  /** Takes the session's lock and keeps it. */
  hold(id: string): Promise<void>;
  release(id: string): Promise<void>;
  /** SIGKILL, or the end of the thread without any clean-up; resolves when it is gone. */
  kill(): Promise<void>;
  /** Closes the store and waits until the process or thread has ended by itself. */
  close(): Promise<void>;
}

/** A session made up in the child: too large to be sent there. */
export interface MadeSession {
  readonly head: SessionHead;
  /** The size of each of its `head.messageCount` messages, in bytes of ASCII. */
  readonly messageBytes: number;
  /** Stops after so many entries, tells `onStalled`, and never goes on. Default: never stops. */
  readonly stallsAfter?: number;
}

export interface ChildCall {
  readonly method: string;
  readonly args: readonly JsonValue[];
}

/** Starts a process or a thread and waits until its store is open. */
export async function startChildStore(
  where: "process" | "worker",
  opener: ProcessOpener,
  maxHeapMib?: number,
): Promise<ChildStore> {
  const line = where === "process" ? startProcess(opener) : startWorker(opener, maxHeapMib);
  const waiting = new Map<number, (outcome: ChildOutcome) => void>();
  let isGone = false;
  let commands = 0;
  const gone = line.ended.then((reason) => {
    isGone = true;
    const message = `the ${where} ended${reason === null ? "" : `: ${reason}`}`;
    for (const settle of waiting.values()) settle({ error: { code: null, message } });
    waiting.clear();
  });
  const reply = (number: number): Promise<ChildOutcome> =>
    new Promise((resolve) => {
      if (isGone) resolve({ error: { code: null, message: `the ${where} has ended` } });
      else waiting.set(number, resolve);
    });
  let tellAcknowledged: (count: number) => void = ignore;
  line.listen((message) => {
    if (isAcknowledgement(message)) {
      tellAcknowledged(message.acknowledged);
      return;
    }
    const { number, ...outcome } = message as { readonly number: number } & ChildOutcome;
    waiting.get(number)?.(outcome);
    waiting.delete(number);
  });
  const send = async (command: string, rest: object): Promise<unknown> => {
    const number = ++commands;
    const answer = reply(number);
    if (!isGone) line.send({ number, command, ...rest });
    return resultOf(await answer);
  };
  resultOf(await reply(0));
  return {
    call: async (calls) => (await send("call", { calls })) as readonly ChildOutcome[],
    increment: async (id, key, times) => void (await send("increment", { id, key, times })),
    incrementLocked: async (id, key, times) => void (await send("incrementLocked", { id, key, times })),
    writeOn: async (id, onAcknowledged) => {
      tellAcknowledged = onAcknowledged;
      await send("writeOn", { id });
    },
    restore: async (made, onStalled = ignore) => {
      tellAcknowledged = onStalled;
      await send("restore", { ...made });
    },
    count: async (id) => (await send("count", { id })) as number,
    hold: async (id) => void (await send("hold", { id })),
    release: async (id) => void (await send("release", { id })),
    kill: async () => {
      line.kill();
      await gone;
    },
    close: async () => {
      if (isGone) return;
      await send("close", {});
      await gone;
    },
  };
}

function resultOf(outcome: ChildOutcome): unknown {
  if ("error" in outcome)
    throw new Error(`In the child: ${outcome.error.code ?? "no code"}: ${outcome.error.message}`);
  return outcome.value;
}

function isAcknowledgement(message: unknown): message is { readonly acknowledged: number } {
  return typeof message === "object" && message !== null && "acknowledged" in message;
}

interface Line {
  /** Resolves to why it ended, where that is known. */
  readonly ended: Promise<string | null>;
  listen(listener: (message: unknown) => void): void;
  send(message: object): void;
  kill(): void;
}

function startProcess(opener: ProcessOpener): Line {
  const child = spawn(process.execPath, ["-e", CHILD_SCRIPT, JSON.stringify(opener)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    ended: new Promise((resolve) => {
      // What it said last may still be on its way when it exits; the end of the channel comes after that.
      const exited = new Promise((exit) => child.once("exit", exit));
      const disconnected = new Promise((disconnect) => child.once("disconnect", disconnect));
      void Promise.all([exited, disconnected]).then(() => resolve(null));
      child.once("error", (error) => resolve(error.message));
    }),
    listen: (listener) => void child.on("message", listener),
    send: (message) => void child.send(message),
    kill: () => void child.kill("SIGKILL"),
  };
}

function startWorker(opener: ProcessOpener, maxHeapMib: number | undefined): Line {
  const resourceLimits = maxHeapMib === undefined ? {} : { maxOldGenerationSizeMb: maxHeapMib };
  const worker = new Worker(CHILD_SCRIPT, { eval: true, workerData: opener, resourceLimits });
  return {
    ended: new Promise((resolve) => {
      worker.once("exit", () => resolve(null));
      worker.once("error", (error) => resolve(error instanceof Error ? error.message : String(error)));
    }),
    listen: (listener) => void worker.on("message", listener),
    send: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
  };
}

function ignore(): void {}
