import { SessionLockError } from "./errors.js";

/** How long a caller is ready to wait for other writers: measured on the monotonic clock, ended early by a signal. */
export interface Wait {
  /** As the caller gave it, for messages; 0 tries once. */
  readonly timeoutMs: number;
  /** `performance.now()` at which it ends. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

export function startWait(timeoutMs: number, signal?: AbortSignal): Wait {
  return { timeoutMs, deadline: performance.now() + timeoutMs, signal };
}

/** The longest pause between two tries, in milliseconds: the most that a freed lock goes unnoticed. */
const MAX_PAUSE_MS = 25;
/** Who has waited so long already, in milliseconds, tries twice as often; three times as often after twice the time, and so on … */
const PATIENCE_MS = 50;
/** … down to this pause. Locks know no order; so who came first has the better chance, and none starves behind busier writers. */
const MIN_LATE_PAUSE_MS = 1;

/**
 * Calls `attempt` until it returns something other than null, with short, growing, jittered pauses that never block the event loop.
 *
 * @param isNearlyNext whether its turn is about to come: then every millisecond until the next try is lost to all. Default: nobody knows.
 * @throws {SessionLockError} SESSION_LOCKED when the wait is over
 * @throws the signal's reason, unchanged, when it aborts
 */
export async function retryUntil<T>(
  wait: Wait,
  sessionId: string,
  attempt: () => Promise<T | null> | T | null,
  isNearlyNext: () => boolean = () => false,
): Promise<T> {
  const begunAt = performance.now();
  for (let tries = 0; ; tries++) {
    wait.signal?.throwIfAborted();
    const result = await attempt();
    if (result !== null) return result;
    const now = performance.now();
    const left = wait.deadline - now;
    if (left <= 0) throw new SessionLockError(sessionId, wait.timeoutMs);
    const patience = isNearlyNext() ? Number.POSITIVE_INFINITY : (now - begunAt) / PATIENCE_MS;
    const longest = Math.max(MIN_LATE_PAUSE_MS, MAX_PAUSE_MS / (1 + patience));
    const pause = Math.min(longest, 0.5 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random());
    await sleep(Math.min(pause, left), wait.signal);
  }
}

function sleep(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(end, durationMs);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * A wait whose time does not run until `begin` is called: for writes that first stream their content, where only the waiting for others
 * counts.
 */
export function pausedWait(timeoutMs: number): Wait & { begin(): void } {
  let begunAt: number | null = null;
  return {
    timeoutMs,
    signal: undefined,
    get deadline() {
      return (begunAt ?? performance.now()) + timeoutMs;
    },
    begin: () => {
      begunAt = performance.now();
    },
  };
}
