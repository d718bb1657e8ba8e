import { StoreClosedError } from "./errors.js";

/** What a handle has under way, so that closing it can refuse, wait and clean up. A view's lifetime ends with its root's, too. */
export class Lifetime {
  readonly #location: string;
  readonly #parent: Lifetime | null;
  /** How many operations are under way, those of the views included. */
  #underWay = 0;
  /** Called when none is, where the end waits for that. */
  #idle: (() => void) | null = null;
  readonly #open = new Set<() => Promise<void>>();
  #closed = false;

  constructor(location: string, parent: Lifetime | null) {
    this.#location = location;
    this.#parent = parent;
  }

  /** The lifetime of the root store. */
  get root(): Lifetime {
    return this.#parent?.root ?? this;
  }

  /** @throws {StoreClosedError} STORE_CLOSED */
  assertOpen(): void {
    if (this.#closed) throw new StoreClosedError(this.#location);
    if (this.#parent !== null) this.#parent.assertOpen();
  }

  /** Runs an operation that `end` waits for. @throws {StoreClosedError} STORE_CLOSED */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    this.#begin();
    try {
      return await operation();
    } finally {
      this.#finish();
    }
  }

  /** @throws {StoreClosedError} STORE_CLOSED */
  #begin(): void {
    if (this.#closed) throw new StoreClosedError(this.#location);
    if (this.#parent !== null) this.#parent.#begin();
    this.#underWay++;
  }

  #finish(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#idle?.();
    if (this.#parent !== null) this.#parent.#finish();
  }

  /** Has `release` called when the handle closes; returns the function that takes that back. */
  own(release: () => Promise<void>): () => void {
    for (const owner of this.#chain()) owner.#open.add(release);
    return () => {
      for (const owner of this.#chain()) owner.#open.delete(release);
    };
  }

  /** Refuses new operations, waits for those under way, then releases what is open. */
  async end(): Promise<void> {
    this.#closed = true;
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await Promise.allSettled([...this.#open].map((release) => release()));
  }

  *#chain(): Generator<Lifetime, void, undefined> {
    for (let owner: Lifetime | null = this; owner !== null; owner = owner.#parent) yield owner;
  }
}
