import type { OwnPool, PooledClient } from "./postgres-driver.js";

/** How long a connection is kept that nobody uses, in milliseconds; the pool then closes it after as long again. */
const IDLE_MS = 10_000;

/**
 * The connection of a pool that was used last, kept at hand for the next call: to take one from the pool and give it back sets and clears
 * two timers and waits for a tick, a twentieth of what a client does for an append. Only for a pool that nobody else uses.
 */
export class SpareConnection {
  readonly #pool: OwnPool;
  readonly #broken = new WeakSet<PooledClient>();
  #client: PooledClient | null = null;
  #keptAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(pool: OwnPool) {
    this.#pool = pool;
    pool.on("connect", (client) => client.on("error", () => this.#drop(client)));
  }

  /** Whoever takes it gives it to `keep` again, or back to the pool. Null when there is none. */
  take(): PooledClient | null {
    const client = this.#client;
    this.#client = null;
    return client;
  }

  /** Whether it is kept; if not, it belongs back to the pool, where others may be waiting for it. */
  keep(client: PooledClient): boolean {
    const isWanted = this.#client === null && !this.#isClosed && this.#pool.waitingCount === 0;
    if (!isWanted || this.#broken.has(client)) return false;
    this.#client = client;
    this.#keptAt = performance.now();
    this.#timer ??= this.#lookIn(IDLE_MS);
    return true;
  }

  /** Gives it back for good. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.take()?.release();
  }

  /** One timer looks in from time to time: to set one for each use is what is saved here. */
  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const left = this.#keptAt + IDLE_MS - performance.now();
      this.#timer = this.#client !== null && left > 0 ? this.#lookIn(left) : null;
      if (left <= 0) this.take()?.release();
    }, ms).unref();
  }

  /** It broke: while nobody uses it, nobody else is told. */
  #drop(client: PooledClient): void {
    this.#broken.add(client);
    if (this.#client === client) this.take()?.release(true);
  }
}
