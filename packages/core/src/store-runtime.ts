import { sep } from "node:path";
import type { CallOrder } from "./call-order.js";
import { InvalidInputError, quote, SessionLockError, StoreIoError } from "./errors.js";
import { isInsideLock } from "./lock-scope.js";
import type {
  BackendLock,
  Commit,
  CurrentSession,
  SessionBackend,
  SessionKey,
  StoredHead,
} from "./session-backend.js";
import type { PayloadSchemas } from "./session-content.js";
import { createIdGenerator } from "./session-id.js";
import { SessionStoreError } from "./session-store-error.js";
import type { StoreOptions } from "./store-options.js";
import { abandon } from "./thenable.js";
import { TimeSlice } from "./time-slice.js";
import { startWait, type Wait } from "./wait.js";
import { WriteQueue } from "./write-queue.js";
import type { WriteScene } from "./write-rules.js";

/** How long a write waits for others unless told otherwise, in milliseconds. */
const DEFAULT_LOCK_TIMEOUT_MS = 10_000;

/** The end of the year 9999, in milliseconds since 1970: later times have no place in the order of ISO 8601 texts. */
const LAST_MS = 253_402_300_799_999;

/** A write whose input has been checked. */
export interface PreparedWrite {
  readonly decide: (current: CurrentSession | null, scene: WriteScene) => Commit | null;
  readonly operationId?: string | undefined;
  /** Whether `decide` runs code of the caller's, which must not run twice. @default false */
  readonly runsCallersCode?: boolean | undefined;
}

/** A lock that is held, and the order of the calls made under it. */
export interface HeldLock {
  readonly lock: BackendLock;
  readonly order: CallOrder;
}

/** Marks code of the caller, so that what it throws can be told from what the backend throws. */
export type CallersCode = <A extends unknown[], R>(code: (...args: A) => R) => (...args: A) => R;

/** What a root store and its views share. */
export class StoreRuntime {
  readonly backend: SessionBackend;
  readonly queue: WriteQueue = new WriteQueue();
  readonly lockTimeoutMs: number;
  readonly schemas: PayloadSchemas;
  /** Begins with the first call: a store that was opened long before has kept nobody waiting. */
  #turn: TimeSlice | null = null;
  readonly #clock: () => number;
  #idGenerator: (() => string) | null = null;

  constructor(backend: SessionBackend, options: StoreOptions<never, never>) {
    this.backend = backend;
    this.lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS;
    this.schemas = { message: options.schema?.message, state: options.schema?.state };
    this.#clock = options.clock ?? Date.now;
  }

  /** An id for a session that is given none. */
  newId(): string {
    this.#idGenerator ??= createIdGenerator(() => this.#now());
    return this.#idGenerator();
  }

  scene(key: SessionKey): WriteScene {
    return { key, location: this.backend.location, now: this.#now() };
  }

  /** @throws {InvalidInputError} INVALID_OPTIONS when the clock gives no time */
  #now(): number {
    const now: unknown = this.#clock();
    if (typeof now === "number" && now >= 0 && now <= LAST_MS) return now;
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `The store's clock returned ${String(now)}; it must return milliseconds since 1970, up to the year 9999.`,
      { path: "clock" },
    );
  }

  /** Runs backend code. Errors of the library pass; all else becomes STORE_IO. */
  async call<T>(sessionId: string | undefined, operation: () => Promise<T>): Promise<T> {
    const pause = this.letOthersRun();
    if (pause !== null) await pause;
    try {
      return await operation();
    } catch (error) {
      throw this.asStoreError(error, sessionId);
    }
  }

  /** The last call: nobody waits for it to let others run. */
  async close(): Promise<void> {
    try {
      await this.backend.close();
    } catch (error) {
      throw this.asStoreError(error, undefined);
    }
  }

  /** As `call`, for backend code inside which code of the caller's runs: what that throws passes unchanged. */
  async callAround<T>(sessionId: string, operation: (callers: CallersCode) => Promise<T>): Promise<T> {
    let thrown: { readonly error: unknown } | null = null;
    const callers: CallersCode =
      (code) =>
      (...args) => {
        // Of a decision that was asked for again, the last answer counts.
        thrown = null;
        try {
          return code(...args);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      };
    const pause = this.letOthersRun();
    if (pause !== null) await pause;
    try {
      return await operation(callers);
    } catch (error) {
      throw thrown === null
        ? this.asStoreError(error, sessionId)
        : (thrown as { readonly error: unknown }).error;
    }
  }

  /**
   * Backends may be done before their promise is. Without this, a loop that awaits one call after the other would keep timers and I/O
   * waiting until it ends. Null while nobody has waited for long.
   */
  letOthersRun(): Promise<void> | null {
    if (this.#turn?.isOver === true) return this.#turn.pause();
    this.#turn ??= new TimeSlice();
    return null;
  }

  /** An error of the library: itself, or STORE_IO around something unknown. */
  asStoreError(error: unknown, sessionId: string | undefined): SessionStoreError {
    if (SessionStoreError.is(error)) return error;
    const { name, location } = this.backend;
    return new StoreIoError(`The ${name} store at ${location} failed: ${reasonOf(error)}`, {
      cause: error,
      location,
      sessionId,
    });
  }

  /** Copies the whole store. What goes wrong at the system is about the target, unless it names something in the store. */
  async backUp(target: string): Promise<void> {
    await this.letOthersRun();
    try {
      await this.backend.backup(target);
    } catch (error) {
      const { name, location } = this.backend;
      if (SessionStoreError.is(error) || isAboutFileIn(location, error))
        throw this.asStoreError(error, undefined);
      throw new StoreIoError(
        `The ${name} store at ${location} could not be copied to ${target}: ${reasonOf(error)}. Check the space and the permissions at the target, or name another; the store is as it was.`,
        { cause: error, location: target },
      );
    }
  }

  /** One write: in its turn among those of this store, or among the calls made under a lock that the caller holds. */
  mutate(
    key: SessionKey,
    prepare: () => PreparedWrite | Promise<PreparedWrite>,
    held: HeldLock | null,
  ): Promise<StoredHead> {
    const write = (
      { decide, operationId, runsCallersCode = false }: PreparedWrite,
      wait: Wait,
    ): Promise<StoredHead> =>
      this.callAround(key.id, (callers) =>
        this.backend.mutate(
          key,
          callers((current) => decide(current, this.scene(key))),
          {
            wait,
            lock: held?.lock ?? null,
            operationId: operationId ?? null,
            isRepeatable: !runsCallersCode,
          },
        ),
      );
    if (held === null) return this.inTurn(key, prepare, write);
    return held.order.run(prepare, (prepared) => write(prepared, startWait(this.lockTimeoutMs)));
  }

  /**
   * Runs a write when those of this store that came before it on the same session are done. Its place is taken at the call and its
   * input is checked meanwhile: the order of the writes is that of the calls, however long a check takes.
   */
  async inTurn<C, T>(
    key: SessionKey,
    check: () => C | Promise<C>,
    write: (checked: C, wait: Wait) => Promise<T>,
  ): Promise<T> {
    this.refuseInsideOwnLock(key);
    const wait = startWait(this.lockTimeoutMs);
    const endFreeTurn = this.queue.turnIfFree(turnKey(key));
    if (endFreeTurn !== null) {
      try {
        const checked = check();
        return await write(checked instanceof Promise ? await checked : checked, wait);
      } finally {
        endFreeTurn();
      }
    }
    const turn = this.queue.turn(turnKey(key), wait, key.id);
    // Seen below, but perhaps only after a slow check.
    abandon(turn);
    try {
      const checked = await check();
      await turn;
      return await write(checked, wait);
    } finally {
      endAfter(turn);
    }
  }

  /**
   * Runs a write to one session that reads from another: the writes to either that were called before come first, those called later
   * wait.
   */
  async inTurnOfBoth<T>(key: SessionKey, source: SessionKey, write: () => Promise<T>): Promise<T> {
    if (this.#isReadAtOnce(source, key)) return await this.inTurn(key, () => undefined, write);
    // Both places are taken in one step: calls that need the same two sessions can never wait for each other.
    const sourceTurn = this.queue.turn(turnKey(source), startWait(this.lockTimeoutMs), source.id);
    try {
      return await this.inTurn(key, () => sourceTurn, write);
    } finally {
      endAfter(sourceTurn);
    }
  }

  /** Whether only locks are ahead on what is read from, which reads pass, or a lock body of the caller's own, which would never end. */
  #isReadAtOnce(source: SessionKey, target: SessionKey): boolean {
    const turn = turnKey(source);
    return turn === turnKey(target) || this.queue.isOnlyLocked(turn) || this.#isInsideOwnLock(source);
  }

  #isInsideOwnLock(key: SessionKey): boolean {
    return isInsideLock((scope) => scope.store === this && scope.session === turnKey(key));
  }

  /** @throws {SessionLockError} SESSION_LOCKED when the caller is inside its own lock body on this session */
  refuseInsideOwnLock(key: SessionKey): void {
    if (!this.#isInsideOwnLock(key)) return;
    throw new SessionLockError(key.id, 0, {
      location: this.backend.location,
      message: `Session ${quote(key.id)} is locked by the lock body that this call runs in: it would wait for itself. Use the handle that withLock() gives to the body.`,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the system says an error of a file or folder of the store. */
function isAboutFileIn(location: string, error: unknown): boolean {
  const { path } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return path === location || path?.startsWith(`${location}${sep}`) === true;
}

/** Ends a turn; one that has not come ends when it comes, and one that never comes needs no end. */
function endAfter(turn: Promise<() => void>): void {
  abandon(turn.then((endTurn) => endTurn()));
}

/** One text for each session. A namespace holds no control characters, so NUL cannot occur in it. */
export function turnKey(key: SessionKey): string {
  return `${key.namespace}\0${key.id}`;
}
