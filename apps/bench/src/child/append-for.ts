import { existsSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { Message } from "@agent-sessions/core";
import { MessageGenerator } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { type Backend, type Durability, openBackend } from "../open-backend.js";
import { quantile } from "../statistics.js";

export interface AppendForInput {
  readonly backend: Backend;
  readonly path: string;
  readonly id: string;
  /** SQLite only: the same statements by hand, and no store. */
  readonly isByHand: boolean;
  readonly durability: Durability;
  readonly milliseconds: number;
  /** All writers of a measurement begin when this file is there. */
  readonly startFile: string;
  /** Written when this writer could begin. */
  readonly readyFile: string;
}

export interface AppendForAnswer {
  readonly appends: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** The longest that the event loop was kept from its timers. */
  readonly stallMs: number;
}

const POLL_MS = 2;
/** More processes than cores starve one another on a busy machine; that is shown by p95, and need not end the measurement. */
const LOCK_TIMEOUT_MS = 120_000;
const MONITOR_MS = 1;

/** Appends to a session as fast as it can for a while. */
export async function appendFor(input: AppendForInput): Promise<AppendForAnswer> {
  const { append, close } = await openWriter(input);
  const message = new MessageGenerator().message();
  await append(message);
  writeFileSync(input.readyFile, "");
  while (!existsSync(input.startFile)) await setTimeout(POLL_MS);
  const monitor = monitorEventLoopDelay({ resolution: MONITOR_MS });
  monitor.enable();
  const endsAt = performance.now() + input.milliseconds;
  const took: number[] = [];
  while (performance.now() < endsAt) took.push(await timed(() => append(message)));
  monitor.disable();
  await close();
  return {
    appends: took.length,
    medianMs: quantile(took, 0.5),
    p95Ms: quantile(took, 0.95),
    p99Ms: quantile(took, 0.99),
    longestMs: Math.max(...took),
    stallMs: Math.max(0, monitor.max / 1e6 - MONITOR_MS),
  };
}

interface Writer {
  readonly append: (message: Message) => unknown;
  readonly close: () => unknown;
}

async function openWriter({ backend, path, id, durability, isByHand }: AppendForInput): Promise<Writer> {
  if (isByHand) {
    const { SqliteByHand } = await import("../sqlite-by-hand.js");
    const session = new SqliteByHand(path, id, durability, true);
    return { append: (message) => session.append(message), close: () => session.close() };
  }
  const store = await openBackend(backend, path, { durability, lockTimeoutMs: LOCK_TIMEOUT_MS });
  return { append: (message) => store.append(id, message), close: () => store.close() };
}
