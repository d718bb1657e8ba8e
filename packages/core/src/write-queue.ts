import { SessionLockError } from "./errors.js";
import type { Wait } from "./wait.js";

/** A turn is over as soon as its write is, or lasts as long as a lock body pleases. */
type TurnKind = "write" | "lock";

interface Waiter {
  readonly kind: TurnKind;
  readonly admit: () => void;
}

interface Line {
  /** Whose turn it is. */
  present: TurnKind;
  readonly waiting: Waiter[];
}

/** Turns per key, first come, first served: the writes of one store handle and its views happen in the order of the calls. */
export class WriteQueue {
  readonly #lines = new Map<string, Line>();

  /**
   * Resolves to the function that ends the turn.
   *
   * @throws {SessionLockError} SESSION_LOCKED when the turn does not come in time; the signal's reason when it aborts
   */
  async turn(key: string, wait: Wait, sessionId: string, kind: TurnKind = "write"): Promise<() => void> {
    wait.signal?.throwIfAborted();
    const line = this.#lines.get(key);
    if (line === undefined) return this.#begin(key, kind);
    await this.#join(line.waiting, kind, wait, sessionId);
    return this.#endOf(key);
  }

  /** The turn of a write that comes at once, or null when others are ahead: most come at once, and promises would cost more than the rest. */
  turnIfFree(key: string): (() => void) | null {
    return this.#lines.has(key) ? null : this.#begin(key, "write");
  }

  /** Whether all that is ahead are locks: no write is under way, and none waits. */
  isOnlyLocked(key: string): boolean {
    const line = this.#lines.get(key);
    return line?.present === "lock" && line.waiting.every(({ kind }) => kind === "lock");
  }

  #begin(key: string, kind: TurnKind): () => void {
    this.#lines.set(key, { present: kind, waiting: [] });
    return this.#endOf(key);
  }

  #endOf(key: string): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#next(key);
    };
  }

  #next(key: string): void {
    const line = this.#lines.get(key);
    const waiter = line?.waiting.shift();
    if (line === undefined || waiter === undefined) {
      this.#lines.delete(key);
    } else {
      line.present = waiter.kind;
      waiter.admit();
    }
  }

  #join(waiting: Waiter[], kind: TurnKind, wait: Wait, sessionId: string): Promise<void> {
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
        kind,
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
