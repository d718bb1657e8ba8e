import { SessionLockError } from "./errors.js";
import type { Wait } from "./wait.js";

interface Waiter {
  readonly admit: () => void;
}

/** Turns per key, first come, first served: the writes of one store handle and its views happen in the order of the calls. */
export class WriteQueue {
  readonly #waiting = new Map<string, Waiter[]>();

  /**
   * Resolves to the function that ends the turn.
   *
   * @throws {SessionLockError} SESSION_LOCKED when the turn does not come in time; the signal's reason when it aborts
   */
  async turn(key: string, wait: Wait, sessionId: string): Promise<() => void> {
    wait.signal?.throwIfAborted();
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#waiting.set(key, []);
    } else {
      await this.#join(waiting, wait, sessionId);
    }
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#next(key);
    };
  }

  #next(key: string): void {
    const waiter = this.#waiting.get(key)?.shift();
    if (waiter === undefined) this.#waiting.delete(key);
    else waiter.admit();
  }

  #join(waiting: Waiter[], wait: Wait, sessionId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        wait.signal?.removeEventListener("abort", onAbort);
      };
      const giveUp = (reason: unknown): void => {
        leave();
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(reason);
      };
      const waiter: Waiter = {
        admit: () => {
          leave();
          resolve();
        },
      };
      const onAbort = (): void => giveUp(wait.signal?.reason);
      const left = Math.max(0, wait.deadline - performance.now());
      const timer = setTimeout(() => giveUp(new SessionLockError(sessionId, wait.timeoutMs)), left);
      wait.signal?.addEventListener("abort", onAbort, { once: true });
      waiting.push(waiter);
    });
  }
}
