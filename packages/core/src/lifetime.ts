import { StoreClosedError } from "./errors.js";

/** What a handle has under way, so that closing it can refuse, wait and clean up. A view's lifetime ends with its root's, too. */
export class Lifetime {
  readonly #location: string;
  readonly #parent: Lifetime | null;
  readonly #underWay = new Set<Promise<unknown>>();
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

  get isClosed(): boolean {
    return this.#closed || this.#parent?.isClosed === true;
  }

  /** @throws {StoreClosedError} STORE_CLOSED */
  assertOpen(): void {
    if (this.isClosed) throw new StoreClosedError(this.#location);
  }

  /** Runs an operation that `end` waits for. @throws {StoreClosedError} STORE_CLOSED */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    this.assertOpen();
    return await this.#track(operation());
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    for (const owner of this.#chain()) {
      owner.#underWay.add(operation);
      const done = (): void => void owner.#underWay.delete(operation);
      operation.then(done, done);
    }
    return operation;
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
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    await Promise.allSettled([...this.#open].map((release) => release()));
  }

  *#chain(): Generator<Lifetime, void, undefined> {
    for (let owner: Lifetime | null = this; owner !== null; owner = owner.#parent) yield owner;
  }
}
