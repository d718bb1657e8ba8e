import { SessionAlreadyExistsError, SessionLockError, SessionNotFoundError } from "./errors.js";
import type { JsonObject } from "./json-value.js";
import { Lifetime } from "./lifetime.js";
import { positionOf } from "./list-plan.js";
import { encodeCursor, planList, planSearch } from "./list-query.js";
import { isInsideLock } from "./lock-scope.js";
import { searchHits } from "./search-hits.js";
import { splitWords } from "./search-match.js";
import type { Entry, Message, Session, SessionHead } from "./session.js";
import { asHead, SessionAccess } from "./session-access.js";
import type { SessionBackend, SessionKey } from "./session-backend.js";
import { checkInit, checkInitId } from "./session-content.js";
import { forkSession, restoreSession } from "./session-copy.js";
import { deleteSession } from "./session-delete.js";
import { checkNamespace, checkSessionId } from "./session-id.js";
import type {
  AppendOptions,
  Finding,
  ForkOptions,
  HeadChange,
  ListQuery,
  LockedSession,
  LockOptions,
  MessageRange,
  RepairReport,
  SearchHit,
  SearchQuery,
  SessionContent,
  SessionInit,
  SessionPage,
  SessionSnapshot,
  SessionStore,
  StoreCapabilities,
  WriteOptions,
} from "./session-store.js";
import { SessionStoreError } from "./session-store-error.js";
import { type StoreOptions, text } from "./store-options.js";
import { type PreparedWrite, StoreRuntime } from "./store-runtime.js";
import { compareCodePoints } from "./text.js";
import { withSessionLock } from "./with-session-lock.js";
import { decideCreate } from "./write-rules.js";

/** The store over a backend: the one implementation of the contract's rules. It takes the backend over and closes it. */
export function storeOver<M extends object = Message, S extends object = JsonObject>(
  backend: SessionBackend,
  options: StoreOptions<M, S> = {},
): SessionStore<M, S> {
  const runtime = new StoreRuntime(backend, options as StoreOptions<never, never>);
  const { namespace } = options;
  return new BackendSessionStore<M, S>(
    runtime,
    namespace === undefined ? "" : checkNamespace(namespace),
    null,
  );
}

class BackendSessionStore<M extends object, S extends object> implements SessionStore<M, S> {
  readonly namespace: string;
  readonly #runtime: StoreRuntime;
  readonly #lifetime: Lifetime;
  readonly #isRoot: boolean;
  #closing: Promise<void> | null = null;

  constructor(runtime: StoreRuntime, namespace: string, root: Lifetime | null) {
    this.#runtime = runtime;
    this.namespace = namespace;
    this.#isRoot = root === null;
    this.#lifetime = new Lifetime(runtime.backend.location, root);
  }

  get backend(): string {
    return this.#runtime.backend.name;
  }

  get location(): string {
    return this.#runtime.backend.location;
  }

  get capabilities(): StoreCapabilities {
    return { ...this.#runtime.backend.capabilities };
  }

  inNamespace(namespace: string): SessionStore<M, S> {
    this.#lifetime.assertOpen();
    return new BackendSessionStore<M, S>(this.#runtime, checkNamespace(namespace), this.#lifetime.root);
  }

  namespaces(): AsyncIterable<string> {
    const { backend } = this.#runtime;
    return this.#iterate(async function* () {
      const found: string[] = [];
      for await (const namespace of backend.namespaces()) found.push(namespace);
      yield* found.sort(compareCodePoints);
    });
  }

  create(init?: SessionInit<M, S>): Promise<SessionHead<S>> {
    return this.#lifetime.run(async () => {
      const key = { namespace: this.namespace, id: checkInitId(init) ?? this.#runtime.newId() };
      const prepare = async (): Promise<PreparedWrite> => {
        const { schemas } = this.#runtime;
        const content = await checkInit(init, schemas);
        return {
          decide: (current, scene) => decideCreate(current, content, schemas, scene),
          runsCallersCode: schemas.state !== undefined,
        };
      };
      try {
        return asHead<S>(await this.#runtime.mutate(key, prepare, null));
      } catch (error) {
        if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
        // What is there is in the way, readable or not.
        throw new SessionAlreadyExistsError(key.id, this.location, { cause: error });
      }
    });
  }

  save(id: string, content: SessionContent<M, S>, options?: WriteOptions): Promise<SessionHead<S>> {
    return this.#lifetime.run(() => this.#session(id).save(content, options));
  }

  append(id: string, messages: M | readonly M[], options?: AppendOptions): Promise<SessionHead<S>> {
    return this.#lifetime.run(() => this.#session(id).append(messages, options));
  }

  update(
    id: string,
    change: HeadChange<S> | ((head: SessionHead<S>) => HeadChange<S>),
    options?: WriteOptions,
  ): Promise<SessionHead<S>> {
    return this.#lifetime.run(() => this.#session(id).update(change, options));
  }

  truncate(id: string, messageCount: number, options?: WriteOptions): Promise<SessionHead<S>> {
    return this.#lifetime.run(() => this.#session(id).truncate(messageCount, options));
  }

  fork(id: string, options?: ForkOptions): Promise<SessionHead<S>> {
    return this.#lifetime.run(async () =>
      asHead<S>(await forkSession(this.#runtime, this.#key(id), options)),
    );
  }

  delete(id: string, options?: WriteOptions): Promise<boolean> {
    return this.#lifetime.run(async () => await deleteSession(this.#runtime, this.#key(id), options));
  }

  restore(snapshot: SessionSnapshot<M, S>, options?: WriteOptions): Promise<SessionHead<S>> {
    return this.#lifetime.run(async () =>
      asHead<S>(await restoreSession(this.#runtime, this.namespace, snapshot, options)),
    );
  }

  exists(id: string): Promise<boolean> {
    return this.#lifetime.run(() => this.#isThere(id));
  }

  head(id: string): Promise<SessionHead<S>> {
    return this.#lifetime.run(() => this.#session(id).head());
  }

  load(id: string): Promise<Session<M, S>> {
    return this.#lifetime.run(async () => await this.#session(id).load());
  }

  messages(id: string, range?: MessageRange): AsyncIterable<Entry<M>> {
    return this.#iterate((letGo) => this.#session(id).messages(range, letGo), id);
  }

  list(query?: ListQuery): Promise<SessionPage> {
    return this.#lifetime.run(async () => {
      const plan = planList(query, this.namespace);
      const page = await this.#runtime.call(undefined, () =>
        this.#runtime.backend.listPage(this.namespace, plan),
      );
      const last = page.sessions.at(-1);
      const nextCursor =
        page.hasMore && last !== undefined
          ? encodeCursor(positionOf(plan, last), plan, this.namespace)
          : null;
      const isFirst = plan.after === null;
      return {
        sessions: [...page.sessions],
        unreadable: isFirst ? [...page.unreadable] : [],
        unreadableCount: isFirst ? page.unreadableCount : 0,
        nextCursor,
      };
    });
  }

  search(words: string, query?: SearchQuery): AsyncIterable<SearchHit> {
    const { backend } = this.#runtime;
    return this.#iterate((letGo) => {
      const { filter, limit } = planSearch(query);
      return searchHits(backend, this.namespace, { words: splitWords(words), filter }, limit, letGo);
    });
  }

  withLock<T>(
    id: string,
    body: (session: LockedSession<M, S>) => Promise<T>,
    options?: LockOptions,
  ): Promise<T> {
    return this.#lifetime.run(
      async () => await withSessionLock(this.#runtime, this.#lifetime, this.#key(id), body, options),
    );
  }

  verify(): AsyncIterable<Finding> {
    return this.#iterate(() => this.#runtime.backend.verify());
  }

  repair(id?: string): Promise<RepairReport> {
    return this.#lifetime.run(async () => {
      const key = id === undefined ? null : this.#key(id);
      if (key !== null) this.#runtime.refuseInsideOwnLock(key);
      const report = await this.#runtime.call(id, () => this.#runtime.backend.repair(key));
      const isSound = report.repaired.length === 0 && report.remaining.length === 0;
      // Looked for afterwards: what is too damaged to be found may be there again.
      if (key !== null && isSound && !(await this.#isThere(key.id)))
        throw new SessionNotFoundError(key.id, key.namespace, this.location);
      return report;
    });
  }

  backup(target: string): Promise<void> {
    return this.#lifetime.run(async () => {
      await this.#runtime.backUp(text(target, "target"));
    });
  }

  async close(): Promise<void> {
    const isOwnBody = isInsideLock(
      (scope) => scope.lifetime === this.#lifetime || (this.#isRoot && scope.store === this.#runtime),
    );
    if (isOwnBody) {
      throw new SessionLockError("", 0, {
        location: this.location,
        message:
          "close() inside a lock body of the same store would wait for itself. Let the body end first.",
      });
    }
    this.#closing ??= this.#end();
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await this.#lifetime.end();
    if (this.#isRoot) await this.#runtime.close();
  }

  /** Backend data, read anew by every iteration: a result that could be read once would be empty, and say so to nobody, the second time. */
  #iterate<T>(source: IterationSource<T>, sessionId?: string): AsyncIterable<T> {
    return { [Symbol.asyncIterator]: () => this.#iteration(source, sessionId) };
  }

  /**
   * Refuses when closed, ends with STORE_CLOSED when the store is closed meanwhile, wraps unknown errors. Closing waits for the step
   * under way and releases what an iteration that was left half-way holds.
   */
  async *#iteration<T>(source: IterationSource<T>, sessionId?: string): AsyncGenerator<T, void, undefined> {
    await this.#runtime.letOthersRun();
    this.#lifetime.assertOpen();
    let disown: (() => void) | null = null;
    try {
      const items = source(() => disown?.())[Symbol.asyncIterator]();
      disown = this.#lifetime.own(async () => {
        await items.return?.();
      });
      for await (const item of { [Symbol.asyncIterator]: () => items }) {
        this.#lifetime.assertOpen();
        yield item;
        this.#lifetime.assertOpen();
      }
    } catch (error) {
      this.#lifetime.assertOpen();
      throw this.#runtime.asStoreError(error, sessionId);
    } finally {
      disown?.();
    }
  }

  async #isThere(id: string): Promise<boolean> {
    try {
      await this.#session(id).head();
      return true;
    } catch (error) {
      if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return false;
      if (SessionStoreError.is(error, "SESSION_CORRUPTED")) return true;
      throw error;
    }
  }

  #session(id: string): SessionAccess<M, S> {
    return new SessionAccess<M, S>(this.#runtime, this.#key(id));
  }

  #key(id: string): SessionKey {
    return { namespace: this.namespace, id: checkSessionId(id) };
  }
}

/** Begins an iteration; `letGo` says that it holds nothing any more that closing the store would have to release. */
type IterationSource<T> = (letGo: () => void) => AsyncIterable<T>;
