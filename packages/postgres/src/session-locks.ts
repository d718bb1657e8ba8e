import { SessionLockError, SessionNotFoundError, SessionStoreError } from "@agent-sessions/core";
import {
  type BackendLock,
  retryUntil,
  type SessionKey,
  startWait,
  type Wait,
} from "@agent-sessions/core/backend";
import { advisoryKey, randomKey } from "./advisory-key.js";
import { type Database, oneWord } from "./database.js";
import { HOLDER_SETTING } from "./function-parts.js";
import { LockConnection } from "./lock-connection.js";
import { cannotBeTold } from "./lost-answer.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { changingPooler, isLockTimeout } from "./postgres-error.js";

/**
 * How long the server may take to notice that a client has died, in milliseconds: its locks are free from then on, so who finds a
 * session locked tries for that long at least.
 */
const GRACE_MS = 200;

/**
 * How long a statement keeps the connection waiting that all locks of a store share, in milliseconds: at first, and at most while others
 * hold locks there or wait.
 */
const FIRST_PORTION_MS = 50;
const LONGEST_SHARED_PORTION_MS = 400;

/** The numbers of how many sessions are remembered: to make one of them takes longer than to decide a write. */
const MAX_NUMBERS = 1024;

/** Session locks: advisory locks of the server, on a connection that no query uses, so that they die with their holder. */
export class SessionLocks {
  readonly #database: Database;
  readonly #numbers = new Map<string, string>();
  #connection: Promise<LockConnection> | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of a session's lock. */
  numberOf({ namespace, id }: SessionKey): string {
    const name = `${namespace}\n${id}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = advisoryKey("session", this.#database.schema, namespace, id);
    if (this.#numbers.size >= MAX_NUMBERS) this.#numbers.clear();
    this.#numbers.set(name, number);
    return number;
  }

  /** @throws {SessionNotFoundError} SESSION_NOT_FOUND @throws {SessionLockError} SESSION_LOCKED */
  async acquire(key: SessionKey, wait: Wait): Promise<SessionLock> {
    return await retryUntil(withGrace(wait), key.id, () =>
      this.#database.retrying(this.#database.retryDeadline(), () => this.#tryAcquire(key, wait)),
    );
  }

  /** Null when somebody else has it. */
  async #tryAcquire(key: SessionKey, wait: Wait): Promise<SessionLock | null> {
    const number = this.numberOf(key);
    const { schema, location } = this.#database;
    const connection = await this.#connect();
    // The server would grant it a second time to the same connection.
    if (connection.held.has(number)) return null;
    const text = `SELECT ${schema}.hold_lock($1, $2, $3, $4, $5)`;
    const call = [key.namespace, key.id, number, connection.token];
    const answer = await connection
      .run((client) => readRows(client, text, [...call, this.waitMs(wait, connection)]))
      .then(oneWord, (error: unknown) => {
        if (isLockTimeout(error)) return "locked";
        throw error;
      });
    if (answer === "missing") throw new SessionNotFoundError(key.id, key.namespace, location);
    if (answer === "locked") return null;
    connection.held.add(number);
    return new SessionLock(key, connection, location, () => this.#release(number, connection));
  }

  /** A lock that nobody waits for: it shows that a writer is alive. */
  async holdStaging(): Promise<{ readonly number: string; readonly release: () => Promise<void> }> {
    const number = randomKey();
    const connection = await this.#connect();
    const text = `SELECT pg_advisory_lock($1) WHERE current_setting('${HOLDER_SETTING}', true) = $2`;
    const rows = await connection.run((client) => readRows(client, text, [number, connection.token]));
    if (rows.length === 0) {
      await connection.close();
      throw changingPooler();
    }
    return { number, release: () => this.#release(number, connection) };
  }

  /** Runs `body` on the connection of the lock, or without one, on any. */
  on<T>(lock: SessionLock | null, body: (client: Pick<PostgresClient, "query">) => Promise<T>): Promise<T> {
    return lock === null ? this.#database.connections.lend(body) : lock.run(body);
  }

  /** When a call stops trying to reach the server. A lock is lost with its connection: then nothing is tried again. */
  retryDeadline(lock: SessionLock | null): number {
    return lock === null ? this.#database.retryDeadline() : 0;
  }

  /**
   * How long a statement may wait for the session's row, in whole milliseconds. On the connection of the locks it waits in portions,
   * between which others have their turn: all locks of a store share that connection. Each is as long as what was waited before it,
   * because whoever stops waiting loses his place in the row's queue: where that takes longer than a portion, he would never get there.
   *
   * @param connection the one of the locks, when the statement is sent there
   */
  waitMs({ deadline, timeoutMs }: Wait, connection: LockConnection | null): number {
    const left = deadline - performance.now();
    let longest = 2 ** 31 - 1;
    if (connection !== null) {
      longest = Math.max(timeoutMs - left, FIRST_PORTION_MS);
      if (connection.isShared) longest = Math.min(longest, LONGEST_SHARED_PORTION_MS);
    }
    return Math.ceil(Math.min(longest, Math.max(left, GRACE_MS)));
  }

  /**
   * Waits until the server has ended the connection of a lock that is lost to us. Until then it may still work on what it was told last.
   *
   * @throws {StoreIoError} STORE_IO when it has not in time: nobody can tell what becomes of a write
   */
  async untilGone(lock: SessionLock, cause: unknown): Promise<void> {
    const text = `SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.pid = $1 AND l.objsubid = 1
      AND l.classid::bigint << 32 | l.objid::bigint = $2`;
    const values = [lock.connection.backend, this.numberOf(lock.key)];
    const deadline = this.#database.retryDeadline();
    await retryUntil(startWait(deadline - performance.now()), lock.key.id, async () => {
      const rows = await this.#database.retrying(deadline, () =>
        this.#database.connections.rows(text, values),
      );
      return rows.length === 0 ? true : null;
    }).catch((error: unknown) => {
      throw SessionStoreError.is(error) ? cannotBeTold(this.#database.location, lock.key, cause) : error;
    });
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    await connection?.close();
  }

  /** The one connection: who comes while it is being opened waits for it, instead of opening another. */
  async #connect(): Promise<LockConnection> {
    this.#connection = this.#usable(this.#connection);
    return await this.#connection;
  }

  async #usable(before: Promise<LockConnection> | null): Promise<LockConnection> {
    const present = await before?.catch(() => null);
    if (present?.isLost === false) return present;
    return await LockConnection.open(() => this.#database.connections.createClient());
  }

  async #release(number: string, connection: LockConnection): Promise<void> {
    connection.held.delete(number);
    if (connection.isLost) return;
    // Should that fail, the connection is closed, and the server releases all that it held.
    await connection
      .run((client) => readRows(client, "SELECT pg_advisory_unlock($1)", [number]))
      .catch(() => connection.close());
  }
}

/** A held session lock. Writes under it go through its own connection: when that is lost, so is the lock, and nothing is written. */
export class SessionLock implements BackendLock {
  readonly key: SessionKey;
  /** Which holds it. */
  readonly connection: LockConnection;
  readonly #location: string;
  readonly #end: () => Promise<void>;
  #isReleased = false;

  constructor(key: SessionKey, connection: LockConnection, location: string, end: () => Promise<void>) {
    this.key = key;
    this.connection = connection;
    this.#location = location;
    this.#end = end;
  }

  get isLost(): boolean {
    return this.#isReleased || this.connection.isLost;
  }

  async run<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    if (this.isLost) throw this.lost();
    return await this.connection.run(body);
  }

  async transaction<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    if (this.isLost) throw this.lost();
    return await this.connection.transaction(body);
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#end();
  }

  /** SESSION_LOCKED: the lock is not ours any more. */
  lost(cause?: unknown): SessionLockError {
    return new SessionLockError(this.key.id, 0, {
      location: this.#location,
      cause,
      message: `The lock of session ${JSON.stringify(this.key.id)} was lost with its connection to the server, and the write was not made. Take the lock anew and read the session again.`,
    });
  }
}

/** A wait that does not end before a dead client must have been noticed. */
export function withGrace(wait: Wait): Wait {
  const least = performance.now() + GRACE_MS;
  return {
    timeoutMs: wait.timeoutMs,
    signal: wait.signal,
    get deadline() {
      return Math.max(wait.deadline, least);
    },
  };
}
