import { SessionLockError } from "@agent-sessions/core";
import {
  type BackendLock,
  retryUntil,
  type SessionKey,
  startWait,
  type Wait,
} from "@agent-sessions/core/backend";
import type { DatabaseHandle, OpenDatabase } from "./database-handle.js";
import { refuseNewer } from "./migrate-schema.js";
import { toUserVersion } from "./schema.js";
import type { SessionLocks } from "./session-locks.js";
import type { SqlConnection } from "./sql-connection.js";
import { databaseBusy, isBusy, toStoreError } from "./sqlite-error.js";

/** What a write transaction is about. */
export interface WriteTarget {
  /** The session whose lock may forbid it; null for what no session's lock forbids. */
  readonly key: SessionKey | null;
  /** The session that a failure is told of; default: the one of `key`. */
  readonly about?: string;
  readonly wait: Wait;
  /** The lock that the caller holds on the session. */
  readonly lock: BackendLock | null;
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
  /** Set while a COMMIT waits for readers: only without WAL, on a connection of our own. It then belongs to that transaction. */
  #commitUnderWay: Promise<void> | null = null;

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
   * database, or commits without WAL.
   */
  async read<T>(body: (database: OpenDatabase) => T, empty: T, sessionId?: string): Promise<T> {
    return await this.#translated(sessionId, async () => {
      const found = await this.#untilFree(startWait(this.#readTimeoutMs), sessionId, () => {
        const database = this.#handle.forReading();
        return { result: database === null ? empty : body(database) };
      });
      return found.result;
    });
  }

  /**
   * Runs `body` once, inside an immediate transaction, when no session lock forbids it. It is durable when the promise resolves; what
   * `body` throws ends it with nothing changed.
   */
  async write<T>(
    { key, wait, lock, about = key?.id }: WriteTarget,
    body: (database: OpenDatabase) => T,
  ): Promise<T> {
    return await this.#translated(about, async () => {
      const begun = await this.#untilFree(wait, about, () => this.#begin(key, lock));
      const { sql } = begun;
      let result: T;
      try {
        result = body(begun);
      } catch (error) {
        rollBack(sql);
        throw error;
      }
      await this.#commit(sql, wait, about);
      return result;
    });
  }

  /** An open write transaction, or null when a session lock forbids it now. */
  #begin(key: SessionKey | null, lock: BackendLock | null): OpenDatabase | null {
    // The caller's own transaction on a connection that is shared with us: as good as another writer.
    if (this.#handle.isInTransaction) return null;
    const database = this.#handle.forWriting();
    const { sql } = database;
    // An exclusive transaction keeps readers out from the beginning, so that its COMMIT need not wait for them: while it waits, the
    // caller could write into it, and would lose that with it. In WAL mode both are the same.
    sql.run(this.#handle.isShared ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE");
    try {
      const { isLocked, major } = this.#locks.look(sql, key, lock);
      // Another program may have brought the database to a version that we do not know.
      refuseNewer(toUserVersion(major, 0), this.#location);
      if (!isLocked) return database;
    } catch (error) {
      rollBack(sql);
      throw error;
    }
    rollBack(sql);
    return null;
  }

  async #commit(sql: SqlConnection, wait: Wait, sessionId: string | undefined): Promise<void> {
    if (tryCommit(sql)) return;
    const retrying = this.#retry(wait, sessionId, () => sql.run("COMMIT"));
    this.#commitUnderWay = retrying.then(
      () => undefined,
      () => undefined,
    );
    try {
      await retrying;
    } finally {
      rollBack(sql);
      this.#commitUnderWay = null;
    }
  }

  /** Tries until `attempt` returns something and nobody else uses the database. */
  async #untilFree<T>(wait: Wait, sessionId: string | undefined, attempt: () => T | null): Promise<T> {
    return await this.#retry(wait, sessionId, () => (this.#commitUnderWay === null ? attempt() : null));
  }

  async #retry<T>(wait: Wait, sessionId: string | undefined, attempt: () => T | null): Promise<T> {
    let busy: unknown = null;
    const tryOnce = (): T | null => {
      busy = null;
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw error;
        busy = error;
        return null;
      }
    };
    wait.signal?.throwIfAborted();
    // The common case costs no timer.
    const first = tryOnce();
    if (first !== null) return first;
    try {
      return await retryUntil(wait, sessionId ?? "", tryOnce);
    } catch (error) {
      const isSessionLocked = busy === null && sessionId !== undefined;
      if (isSessionLocked || !(error instanceof SessionLockError)) throw error;
      throw databaseBusy(this.#location, sessionId, wait.timeoutMs, busy ?? error);
    }
  }

  async #translated<T>(sessionId: string | undefined, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw toStoreError(error, this.#location, sessionId);
    }
  }
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
