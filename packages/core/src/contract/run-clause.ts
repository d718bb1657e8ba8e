import { AssertionError } from "node:assert/strict";
import { SessionStoreError } from "../session-store-error.js";
import { settle } from "./assertions.js";
import type { Clause } from "./clause.js";
import { type ClauseScene, createClauseScene } from "./clause-context.js";
import type { ContractHarness } from "./contract-harness.js";

/** A clause that takes longer than this hangs. In milliseconds; the slowest need a few seconds on a slow disk. */
export const CLAUSE_TIMEOUT_MS = 60_000;

/** See `RunContractOptions.rounds`. */
export const DEFAULT_ROUNDS = 8;

export interface RunClauseOptions {
  /** @default 60000 */
  readonly timeoutMs?: number | undefined;
  /** @default 8 */
  readonly rounds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one clause on a fresh place. Rejects with what went wrong: the clause's id and title, what was expected, and what came instead.
 *
 * @throws the signal's reason, unchanged, when it aborts
 */
export async function runClause<Place>(
  harness: ContractHarness<Place>,
  clause: Clause,
  { timeoutMs = CLAUSE_TIMEOUT_MS, rounds = DEFAULT_ROUNDS, signal }: RunClauseOptions = {},
): Promise<void> {
  const made = await settle(createClauseScene(harness, rounds));
  if ("error" in made) throw nameClause(clause, made.error, "create() of the harness");
  const { context, watch, clear } = made.value as ClauseScene;
  const hanging = (): Error => new ClauseTimeout(timeoutMs, watch.pending);
  const run = await settle(withDeadline(clause.run(context), timeoutMs, hanging, signal));
  const cleared = await settle(withDeadline(clear(), timeoutMs, hanging));
  signal?.throwIfAborted();
  // What clearing up throws is of interest only when the clause itself went well.
  if ("error" in run) throw nameClause(clause, run.error, watch.methodOf(run.error) ?? "a call");
  if ("error" in cleared) throw nameClause(clause, cleared.error, "close() or teardown() after the clause");
}

class ClauseTimeout extends Error {
  constructor(timeoutMs: number, pending: readonly string[]) {
    const where = pending.length === 0 ? "" : ` in ${pending.join(", ")}`;
    super(`the clause hangs${where}\n    expected: an end within ${timeoutMs} ms\n    came:     none`);
  }
}

async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  whenOver: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(whenOver()), timeoutMs);
    abort = () => reject(signal?.reason);
    // The work may have run into the abort before there was a listener.
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** @param call what rejected, where no assertion failed */
function nameClause(clause: Clause, error: unknown, call: string): Error {
  const named = error instanceof Error ? error : new Error(String(error), { cause: error });
  const isSaid = named instanceof AssertionError || named instanceof ClauseTimeout;
  const code = SessionStoreError.is(named) ? `${named.code}: ` : "";
  const said = isSaid
    ? named.message
    : `${call} rejected\n    expected: that it does what it is asked for\n    came:     ${code}${named.message}`;
  const text = `[${clause.id}] ${clause.title}\n  ${said}`;
  // The same error object, so that runners still show its stack, its diff and its cause.
  Object.defineProperty(named, "message", { value: text, configurable: true, writable: true });
  return named;
}
