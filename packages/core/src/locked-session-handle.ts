import type { CallOrder } from "./call-order.js";
import { quote, SessionLockError } from "./errors.js";
import type { Entry, Session, SessionHead } from "./session.js";
import type { SessionAccess } from "./session-access.js";
import type {
  AppendOptions,
  HeadChange,
  LockedSession,
  MessageRange,
  SessionContent,
  WriteOptions,
} from "./session-store.js";

/** The handle of a lock body: its calls go one after the other, and it rejects once the body is over. */
export class LockedSessionHandle<M extends object, S extends object> implements LockedSession<M, S> {
  readonly id: string;
  readonly #access: SessionAccess<M, S>;
  readonly #order: CallOrder;
  readonly #iterations = new Set<AsyncGenerator<Entry<M>, void, undefined>>();
  #ended = false;

  /** @param order the one in which `access` puts its writes */
  constructor(id: string, access: SessionAccess<M, S>, order: CallOrder) {
    this.id = id;
    this.#access = access;
    this.#order = order;
  }

  async append(messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>> {
    this.#assertHeld();
    return await this.#access.append(messages, options);
  }

  async save(content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>> {
    this.#assertHeld();
    return await this.#access.save(content, options);
  }

  async update(
    change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>),
    options?: WriteOptions,
  ): Promise<SessionHead<S>> {
    this.#assertHeld();
    return await this.#access.update(change, options);
  }

  async truncate(messageCount: number, options?: WriteOptions): Promise<SessionHead<S>> {
    this.#assertHeld();
    return await this.#access.truncate(messageCount, options);
  }

  async head(): Promise<SessionHead<S>> {
    return await this.#afterWrites(() => this.#access.head());
  }

  async load(): Promise<Session<M, S>> {
    return await this.#afterWrites(() => this.#access.load());
  }

  messages(range?: MessageRange): AsyncIterable<Entry<M>> {
    return { [Symbol.asyncIterator]: () => this.#iteration(range) };
  }

  async *#iteration(range: MessageRange | undefined): AsyncGenerator<Entry<M>, void, undefined> {
    this.#assertHeld();
    await this.#order.idle();
    const entries = this.#access.messages(range);
    this.#iterations.add(entries);
    try {
      for await (const entry of entries) {
        this.#assertHeld();
        yield entry;
        this.#assertHeld();
      }
    } finally {
      this.#iterations.delete(entries);
    }
  }

  /**
   * Refuses further calls, waits for those that the body left under way, so that none runs without the lock, and releases what
   * iterations left half-way hold.
   */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#order.idle();
    await Promise.allSettled([...this.#iterations].map((entries) => entries.return()));
  }

  /** A read sees the writes that were called before it, awaited or not. */
  async #afterWrites<T>(read: () => Promise<T>): Promise<T> {
    this.#assertHeld();
    return await this.#order.run(() => undefined, read);
  }

  #assertHeld(): void {
    if (!this.#ended) return;
    throw new SessionLockError(this.id, 0, {
      message: `The lock on session ${quote(this.id)} was released when its body ended; this handle is over. Take the lock again.`,
    });
  }
}
