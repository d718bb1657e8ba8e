import { SessionDeleteError, SessionNotFoundError, SessionStoreError } from "@agent-sessions/core";
import {
  type BackendLock,
  type Commit,
  type Decide,
  type MutateOptions,
  retryUntil,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  startWait,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import type { DatabaseHandle, OpenDatabase } from "./database-handle.js";
import { findSession } from "./find-session.js";
import { advanceRow, type KnownRow, type SessionRow, sessionOf } from "./head-row.js";
import { LeftoverSweeper } from "./leftover-sweeper.js";
import { SessionLock, type SessionLocks } from "./session-locks.js";
import { applyCommit, deleteSession, findOperation, hasSession } from "./session-rows.js";
import { SessionStager } from "./session-stager.js";
import { toStoreError } from "./sqlite-error.js";
import type { Steps } from "./steps.js";
import type { Transactions } from "./transactions.js";

export interface SessionWriterOptions {
  readonly handle: DatabaseHandle;
  readonly locks: SessionLocks;
  readonly transactions: Transactions;
  /** For people: a path, or `:memory:`. */
  readonly location: string;
  /** Whether a lock ends with the process that holds it, because the kernel has a part of it. */
  readonly locksDie: boolean;
}

/** How long giving a lock back waits for other writers, in milliseconds; the kernel's part is given back at once all the same. */
const RELEASE_PATIENCE_MS = 2000;

/** Writes after which the search index is worth merging: at least as many runs as make a merge (`usermerge`). */
const WRITES_PER_MERGE = 32;

/** Changes sessions, and sweeps up afterwards. Loaded with the first write: most programs that start only read. */
export class SessionWriter {
  readonly #handle: DatabaseHandle;
  readonly #locks: SessionLocks;
  readonly #transactions: Transactions;
  readonly #location: string;
  readonly #locksDie: boolean;
  readonly #stager: SessionStager;
  readonly #sweeper: LeftoverSweeper;
  #writes = 0;

  constructor({ handle, locks, transactions, location, locksDie }: SessionWriterOptions) {
    this.#handle = handle;
    this.#locks = locks;
    this.#transactions = transactions;
    this.#location = location;
    this.#locksDie = locksDie;
    this.#stager = new SessionStager(transactions, locks, location);
    this.#sweeper = new LeftoverSweeper(transactions, locks);
  }

  async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    if (this.#writes === 0 && !(await this.#exists())) {
      // Asked before anything is created: a refused write to a store that is not there leaves nothing behind, and a file that was made
      // cannot be taken away again, because by then somebody else may have written to it.
      const first = decide(null);
      if (first === null) throw new SessionNotFoundError(key.id, key.namespace, this.#location);
      // Should somebody else make both the file and this very session in between, the question is a new one, and asked a second time.
      // Nobody can see that: an answer other than a refusal to "there is none" comes from a create, a save or an append that may
      // create, whose content is fixed before and which run no code of the caller; an update's function is not called for null.
      return await this.#mutate(key, (current) => (current === null ? first : decide(current)), options);
    }
    return await this.#mutate(key, decide, options);
  }

  async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    this.#handle.assertWritable();
    try {
      return await this.#stager.replace(key, entries, seal, context);
    } finally {
      this.sweep();
    }
  }

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const isThere = await this.#transactions.read(({ sql }) => hasSession(sql, key), false, key.id);
    if (!isThere) return false;
    let isDeleted: boolean;
    try {
      isDeleted = await this.#transactions.write({ key, ...context }, (database) =>
        deleteSession(database, key),
      );
    } catch (cause) {
      if (SessionStoreError.is(cause, "SESSION_LOCKED")) throw cause;
      throw new SessionDeleteError(key.id, this.#location, { cause });
    }
    if (isDeleted) this.sweep();
    return isDeleted;
  }

  async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    if (!(await this.#exists())) throw new SessionNotFoundError(key.id, key.namespace, this.#location);
    this.#handle.assertWritable();
    const held = await retryUntil(wait, key.id, () => this.#locks.tryHold(key));
    const lock = new SessionLock(key, async ({ token }) => {
      try {
        const context = { key: null, wait: startWait(RELEASE_PATIENCE_MS), lock: null };
        await this.#transactions.write(context, ({ sql }) => this.#locks.deleteRow(sql, key, token));
      } catch (error) {
        // The next writer finds that nobody holds the kernel lock, and removes the row. In memory there is no such second sign.
        if (!this.#locksDie) throw error;
      } finally {
        held.release();
      }
    });
    try {
      await retryUntil(wait, key.id, async () => {
        const context = { key: null, about: key.id, wait, lock: null };
        const isIn = await this.#transactions.write(context, ({ sql }) =>
          this.#locks.tryInsertRow(sql, key, lock.token),
        );
        return isIn ? true : null;
      });
      return lock;
    } catch (error) {
      held.release();
      throw error;
    }
  }

  /** Removes, soon and in the background, what writes and repairs have left. */
  sweep(): void {
    this.#sweeper.start();
  }

  /** Resolves when the sweeping that is under way has come to its end. */
  async close(): Promise<void> {
    await this.#sweeper.close();
  }

  async #mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    const { head, isCut, hasSearch } = await this.#transactions.writeInSteps(
      { key, ...options },
      (database, known) => this.#decideAndApply(database, key, known, decide, options),
    );
    // What a program that died left behind is swept after the first write.
    const isDue = isCut || this.#writes === 0 || (hasSearch && this.#writes % WRITES_PER_MERGE === 0);
    this.#writes++;
    if (isDue) this.sweep();
    return head;
  }

  *#decideAndApply(
    database: OpenDatabase,
    key: SessionKey,
    known: KnownRow | null,
    decide: Decide,
    { operationId, lock }: MutateOptions,
  ): Steps<{ readonly head: StoredHead; readonly isCut: boolean; readonly hasSearch: boolean }> {
    const { sql, hasSearch } = database;
    const present = known === null ? findSession(sql, key, this.#location) : sessionOf(known, this.#location);
    const operationFingerprint =
      present === null || operationId === null ? null : findOperation(sql, present.pk, operationId);
    const commit = decide(present === null ? null : { head: present.head, operationFingerprint });
    if (commit !== null) {
      const isCut = yield* this.#apply(database, present, commit);
      if (lock === null && present !== null && !isCut && !commit.headChanged) {
        this.#transactions.keep(key, advanceRow(present, commit.head));
      }
      return { head: commit.head, isCut, hasSearch };
    }
    if (present === null) throw new SessionNotFoundError(key.id, key.namespace, this.#location);
    return { head: present.head, isCut: false, hasSearch };
  }

  *#apply(database: OpenDatabase, present: SessionRow | null, commit: Commit): Steps<boolean> {
    try {
      return yield* applyCommit(database, present, commit);
    } catch (error) {
      // A damaged database keeps a new session from being written; to call that session corrupted would mean that it is there.
      throw present === null ? toStoreError(error, this.#location) : error;
    }
  }

  async #exists(): Promise<boolean> {
    return await this.#transactions.read(() => true, false);
  }
}
