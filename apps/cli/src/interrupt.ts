import type { SessionStore } from "@agent-sessions/core";

/** How long a command may go on after its stores are closed, in milliseconds: it has nothing left to do but to tidy up. */
const GRACE_MS = 1000;

/** Ctrl-C, and what ends a program from outside, also a terminal that is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ctrl-C: the first one ends what is under way and closes the stores, so that nothing is left half-done; a second one ends at once. */
export class Interrupt {
  #abort: AbortController | undefined;
  readonly #stores = new Set<SessionStore>();
  #isAway = false;
  #isOnlyReading = false;

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasCome(): boolean {
    return this.#abort?.signal.aborted === true;
  }

  /** Made for whoever asks: Node loads the class then, and most commands end before they would look. */
  get #controller(): AbortController {
    this.#abort ??= new AbortController();
    return this.#abort;
  }

  /** Begins to listen. `giveUp` has to end the process: it did not end by itself, or was told twice. */
  listen(giveUp: () => void): void {
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (name === "SIGINT" && this.#isAway) return;
        if (this.hasCome) {
          giveUp();
          return;
        }
        this.#controller.abort(new Error("Interrupted."));
        const closed = this.#closeStores();
        const endSoon = (): unknown => setTimeout(giveUp, GRACE_MS).unref();
        if (this.#isOnlyReading) endSoon();
        else void closed.then(endSoon);
      });
    }
  }

  /** Running iterations of the stores end with STORE_CLOSED; writes under way are finished first. */
  async #closeStores(): Promise<void> {
    await Promise.allSettled([...this.#stores].map(async (store) => await store.close()));
  }

  /** Says that nothing is written: closing waits for the step under way, which may be a check of the whole store, and Ctrl-C need not. */
  onlyReads(): void {
    this.#isOnlyReading = true;
  }

  /** Runs `body` while another program has the terminal: Ctrl-C is meant for that one. */
  async whileAway<T>(body: () => Promise<T>): Promise<T> {
    this.#isAway = true;
    try {
      return await body();
    } finally {
      // A busy machine may bring a signal that was meant for that program only with the news that it has ended.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      this.#isAway = false;
    }
  }

  /** Runs `body` with a store, and closes the store when it ends or when Ctrl-C comes. */
  async withStore<T>(store: SessionStore, body: (store: SessionStore) => Promise<T>): Promise<T> {
    this.#stores.add(store);
    try {
      return await body(store);
    } finally {
      this.#stores.delete(store);
      await store.close();
    }
  }
}
