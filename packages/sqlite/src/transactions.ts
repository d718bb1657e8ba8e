import { SessionLockError } from "@agent-sessions/core";
import {
  type BackendLock,
  retryUntil,
  type SessionKey,
  startWait,
  TimeSlice,
  type Wait,
} from "@agent-sessions/core/backend";
import type { DatabaseHandle, OpenDatabase } from "./database-handle.js";
import type { KnownRow } from "./head-row.js";
import { LastAppend } from "./last-append.js";
import { refuseNewer } from "./migrate-schema.js";
import { nextTurn } from "./next-turn.js";
import { toUserVersion } from "./schema.js";
import type { SessionLocks } from "./session-locks.js";
import type { SqlConnection } from "./sql-connection.js";
import { databaseBusy, isBusy, toStoreError } from "./sqlite-error.js";
import type { Steps } from "./steps.js";

/** What a write transaction is about. */
export interface WriteTarget {
  /** The session whose lock may forbid it; null for what no session's lock forbids. */
  readonly key: SessionKey | null;
  /** The session that a failure is told of; default: the one of `key`. */
  readonly about?: string;
  readonly wait: Wait;
  /** The lock that the caller holds on the session. */
  readonly lock: BackendLock | null;
  /** A power cut may undo it: what is staged or swept is made durable by the commit that needs it. */
  readonly isProvisional?: boolean;
}

/**
 * Runs reads and immediate write transactions on the one connection. SQLite's own waiting would block the event loop, so it is kept to
 * a few milliseconds, and whoever finds the database busy tries again later. The driver's errors end here: they become the library's.
 */
export class Transactions {
  readonly #handle: DatabaseHandle;
  readonly #locks: SessionLocks;
  readonly #location: string;
  readonly #readTimeoutMs: number;
  readonly #lastAppend = new LastAppend();
  /** Set while a transaction takes several turns of the event loop: the connection then belongs to that transaction. */
  #isUnderWay = false;
  /** Set while not even reads may use it. */
  #isAlone = false;
  readonly #isOwnUnderWay = (): boolean => this.#isUnderWay;

  constructor(
    handle: DatabaseHandle,
    locks: SessionLocks,
    options: { readonly location: string; readonly readTimeoutMs: number },
  ) {
    this.#handle = handle;
    this.#locks = locks;
    this.#location = options.location;
    this.#readTimeoutMs = options.readTimeoutMs;
  }

  /**
   * What `body` reads, or `empty` when nothing was ever written to the store. Busy only while another program recovers or replaces the
   * database, or commits without WAL. While a long transaction of ours is under way, what was committed before it is read.
   */
  async read<T>(body: (database: OpenDatabase) => T, empty: T, sessionId?: string): Promise<T> {
    try {
      const found = await this.#retry(this.#forOthers(new LateWait(this.#readTimeoutMs)), sessionId, () => {
        if (this.#isUnderWay && (this.#isAlone || !this.#handle.canReadBesides)) return null;
        const database = this.#isUnderWay ? this.#handle.forReadingBesides() : this.#handle.forReading();
        return { result: database === null ? empty : body(database) };
      });
      return found.result;
    } catch (error) {
      throw toStoreError(error, this.#location, sessionId);
    }
  }

  /**
   * Runs `body` once, inside an immediate transaction, when no session lock forbids it. It is durable when the promise resolves; what
   * `body` throws ends it with nothing changed.
   */
  write<T>(target: WriteTarget, body: (database: OpenDatabase) => T): Promise<T> {
    return this.#transact(target, ({ database }) => ({ result: body(database) }));
  }

  /**
   * The same for work that may be long: it is interrupted every few milliseconds, while others in this process read what was committed
   * before, and other writers wait. On a connection that is the caller's too it runs to its end at once: they could otherwise write
   * into the transaction.
   *
   * @param body also gets the session's row, where `keep` was told it and nobody has written since
   */
  writeInSteps<T>(
    target: WriteTarget,
    body: (database: OpenDatabase, known: KnownRow | null) => Steps<T>,
  ): Promise<T> {
    return this.#transact(target, ({ database, known }) => {
      const slice = new TimeSlice();
      const steps = body(database, known);
      for (;;) {
        const step = steps.next();
        if (step.done === true) return { result: step.value };
        if (slice.isOver && !this.#handle.isShared) return this.#goOn(steps, slice);
      }
    });
  }

  /**
   * To be called inside a write: the session will be as this row has it. Not where a lock on it was passed, nor on a connection that is the
   * caller's too, whose own writes nothing tells of.
   */
  keep(key: SessionKey, row: KnownRow): void {
    if (!this.#handle.isShared) this.#lastAppend.keep(key, row);
  }

  /** Runs `body` while nothing else uses the database: our connection to it is closed, and opened again by whoever comes next. */
  async alone<T>(body: () => Promise<T>): Promise<T> {
    const wait = this.#forOthers(startWait(this.#readTimeoutMs));
    await this.#retry(wait, undefined, () => {
      if (this.#isUnderWay) return null;
      // At once, not after the await: a transaction that began in between would lose its connection.
      this.#isUnderWay = true;
      this.#isAlone = true;
      return true;
    });
    try {
      await this.#handle.settled();
      this.#handle.close();
      return await body();
    } finally {
      this.#isUnderWay = false;
      this.#isAlone = false;
    }
  }

  async #transact<T>(target: WriteTarget, body: Body<T>): Promise<T> {
    const { key, wait, about = key?.id, isProvisional = false } = target;
    try {
      if (!this.#locks.isReady) await this.#locks.prepare();
      const { done } = await this.#retry(this.#forOthers(wait), about, () => {
        const begun = this.#isUnderWay ? null : this.#begin(target);
        // From BEGIN to COMMIT not even a microtask may pass: on a shared connection, what the caller writes in one would be a part of the
        // transaction, and be undone with it.
        return begun && { done: this.#complete(begun, body, { wait, about, isProvisional }) };
      });
      return await done;
    } catch (error) {
      throw toStoreError(error, this.#location, about);
    }
  }

  /** Does the work of a transaction that has begun, and ends it. */
  async #complete<T>(
    begun: Begun,
    body: Body<T>,
    options: { readonly wait: Wait; readonly about: string | undefined; readonly isProvisional: boolean },
  ): Promise<T> {
    const { sql } = begun.database;
    try {
      let result = body(begun);
      if (result instanceof Promise) {
        this.#isUnderWay = true;
        result = await result;
      }
      if (!tryCommit(sql)) await this.#commitLater(sql, options.wait, options.about);
      this.#handle.afterCommit(this.#isUnderWay);
      return result.result;
    } catch (error) {
      this.#lastAppend.forget();
      rollBack(sql);
      throw error;
    } finally {
      if (this.#isUnderWay) this.#handle.closeBesides();
      this.#isUnderWay = false;
      if (options.isProvisional) this.#handle.setProvisional(false);
    }
  }

  async #goOn<T>(steps: Steps<T>, slice: TimeSlice): Promise<Result<T>> {
    for (;;) {
      await slice.pause();
      while (!slice.isOver) {
        const step = steps.next();
        if (step.done === true) return { result: step.value };
      }
    }
  }

  #forOthers(wait: Wait): Wait {
    return new WaitForOthers(wait, this.#isOwnUnderWay);
  }

  /** An open write transaction, or null when a session lock forbids it now. */
  #begin({ key, lock, about = key?.id, isProvisional = false }: WriteTarget): Begun | null {
    if (this.#handle.isInTransaction) {
      if (about !== undefined) throw insideOwnTransaction(this.#location, about);
      // Upkeep waits, as for another writer.
      return null;
    }
    const database = this.#handle.forWriting();
    const { sql } = database;
    try {
      // Not possible once the transaction has begun.
      if (isProvisional) this.#handle.setProvisional(true);
      // An exclusive transaction keeps readers out from the beginning, so that its COMMIT need not wait for them: while it waits, the
      // caller could write into it, and would lose that with it. In WAL mode both are the same.
      sql.run(this.#handle.isShared ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE");
      const known = this.#lastAppend.take(sql, key);
      // Nobody can have locked it since, nor migrated the database.
      if (known !== null) return { database, known };
      const { isLocked, major } = this.#locks.look(sql, key, lock);
      // Another program may have brought the database to a version that we do not know.
      refuseNewer(toUserVersion(major, 0), this.#location);
      if (!isLocked) return { database, known: null };
    } catch (error) {
      this.#undo(sql, isProvisional);
      throw error;
    }
    this.#undo(sql, isProvisional);
    return null;
  }

  #undo(sql: SqlConnection, isProvisional: boolean): void {
    rollBack(sql);
    if (isProvisional) this.#handle.setProvisional(false);
  }

  /** A COMMIT that readers keep out: only without WAL, on a connection of our own. */
  async #commitLater(sql: SqlConnection, wait: Wait, sessionId: string | undefined): Promise<void> {
    this.#isUnderWay = true;
    await this.#retry(wait, sessionId, () => sql.run("COMMIT"));
  }

  /** The common case costs neither a timer nor a promise. */
  #retry<T>(wait: Wait, sessionId: string | undefined, attempt: () => T | null): T | Promise<T> {
    wait.signal?.throwIfAborted();
    try {
      const first = attempt();
      if (first !== null) return first;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    return this.#tryAgain(wait, sessionId, attempt);
  }

  async #tryAgain<T>(wait: Wait, sessionId: string | undefined, attempt: () => T | null): Promise<T> {
    let busy: unknown = null;
    try {
      return await retryUntil(wait, sessionId ?? "", async () => {
        // Not among the timers: SQLite waits for some milliseconds in each attempt, so that where several handles of one process try,
        // there is always another timer due, and the handle that they wait for never has its turn.
        await nextTurn();
        wait.signal?.throwIfAborted();
        busy = null;
        try {
          return attempt();
        } catch (error) {
          if (!isBusy(error)) throw error;
          busy = error;
          return null;
        }
      });
    } catch (error) {
      const isSessionLocked = busy === null && sessionId !== undefined;
      if (isSessionLocked || !(error instanceof SessionLockError)) throw error;
      throw databaseBusy(this.#location, sessionId, wait.timeoutMs, busy ?? error);
    }
  }
}

/**
 * Begins when it is first asked for its end, after a first try that failed: Node loads ten modules of its own for the first
 * `performance.now()` of a process, 2 ms, which a read that need not wait does without.
 */
class LateWait implements Wait {
  readonly timeoutMs: number;
  readonly signal: undefined;
  #deadline: number | null = null;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  get deadline(): number {
    this.#deadline ??= performance.now() + this.timeoutMs;
    return this.#deadline;
  }
}

/** The time in which a transaction of our own is under way counts for nothing: it goes on for certain, and nobody holds a lock. */
class WaitForOthers implements Wait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #wait: Wait;
  readonly #isOwnUnderWay: () => boolean;

  constructor(wait: Wait, isOwnUnderWay: () => boolean) {
    this.timeoutMs = wait.timeoutMs;
    this.signal = wait.signal;
    this.#wait = wait;
    this.#isOwnUnderWay = isOwnUnderWay;
  }

  get deadline(): number {
    return this.#isOwnUnderWay() ? Number.POSITIVE_INFINITY : this.#wait.deadline;
  }
}

/** A transaction that has begun. */
interface Begun {
  readonly database: OpenDatabase;
  /** The row of the session that it is about, where it is known. */
  readonly known: KnownRow | null;
}

interface Result<T> {
  readonly result: T;
}

/** The work of a transaction; a promise when it takes several turns of the event loop. */
type Body<T> = (begun: Begun) => Result<T> | Promise<Result<T>>;

/** A write on a connection inside whose transaction the caller waits for that write: it could wait for ever. */
function insideOwnTransaction(location: string, sessionId: string): SessionLockError {
  const message = `The connection to ${location} is inside a transaction of your own, so session ${JSON.stringify(sessionId)} was not written to. Commit or roll back that transaction first.`;
  return new SessionLockError(sessionId, 0, { location, message });
}

function tryCommit(sql: SqlConnection): boolean {
  try {
    sql.run("COMMIT");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    rollBack(sql);
    throw error;
  }
}

/** Some failures have rolled the transaction back already. */
function rollBack(sql: SqlConnection): void {
  if (sql.database.inTransaction) sql.run("ROLLBACK");
}
