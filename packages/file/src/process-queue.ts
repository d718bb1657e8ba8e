import { SessionLockError } from "@agent-sessions/core";
import type { Wait } from "@agent-sessions/core/backend";

interface Waiter {
  readonly enter: () => void;
}

/**
 * Who waits for what, in this process. Process-wide on purpose: it is what makes two stores on the same folder take turns in the
 * order in which they came (kernel locks know no order), and the only exclusion there is with `locking: "single-process"`. A key is
 * here only while somebody holds or awaits it.
 */
const queues = new Map<string, Waiter[]>();

/**
 * Waits for its turn on `key`; the function that is returned ends the turn, and must be called once.
 *
 * @throws {SessionLockError} SESSION_LOCKED when the wait is over
 * @throws the signal's reason, unchanged, when it aborts
 */
export async function enterProcessQueue(key: string, wait: Wait, sessionId: string): Promise<() => void> {
  wait.signal?.throwIfAborted();
  const waiters = queues.get(key);
  if (waiters === undefined) queues.set(key, []);
  else await waitIn(waiters, wait, sessionId);
  return leaveOf(key);
}

/** As `enterProcessQueue` for a turn that comes at once; null when others are ahead. */
export function enterProcessQueueIfFree(key: string): (() => void) | null {
  if (queues.has(key)) return null;
  queues.set(key, []);
  return leaveOf(key);
}

function leaveOf(key: string): () => void {
  return () => {
    const next = queues.get(key)?.shift();
    if (next === undefined) queues.delete(key);
    else next.enter();
  };
}

/** Whether somebody in this process is having a turn on `key`. */
export function isInProcessQueue(key: string): boolean {
  return queues.has(key);
}

function waitIn(waiters: Waiter[], wait: Wait, sessionId: string): Promise<void> {
  const left = wait.deadline - performance.now();
  if (left <= 0) return Promise.reject(new SessionLockError(sessionId, wait.timeoutMs));
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      wait.signal?.removeEventListener("abort", abort);
    };
    const waiter: Waiter = {
      enter: () => {
        settle();
        resolve();
      },
    };
    const giveUp = (reason: unknown): void => {
      settle();
      waiters.splice(waiters.indexOf(waiter), 1);
      reject(reason);
    };
    const abort = (): void => giveUp(wait.signal?.reason);
    const timer = setTimeout(() => giveUp(new SessionLockError(sessionId, wait.timeoutMs)), left);
    wait.signal?.addEventListener("abort", abort, { once: true });
    waiters.push(waiter);
  });
}
