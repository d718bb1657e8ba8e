import type { Finding, RepairReport, StoreCapabilities } from "@agent-sessions/core";
import {
  SessionDeleteError,
  SessionNotFoundError,
  SessionStoreError,
  StoreIoError,
} from "@agent-sessions/core";
import {
  type BackendLock,
  type BackendPage,
  type Commit,
  type Decide,
  type ListPlan,
  type MutateOptions,
  retryUntil,
  type SearchCandidate,
  type SearchPlan,
  SessionBackend,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  startWait,
  type Transcript,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import { DatabaseHandle, type DatabaseSource, type OpenDatabase } from "./database-handle.js";
import { advanceRow, type KnownRow, type SessionRow, sessionOf } from "./head-row.js";
import { LeftoverSweeper } from "./leftover-sweeper.js";
import type { Maintenance, MaintenanceOptions } from "./maintenance.js";
import { SearchCandidates } from "./search-candidates.js";
import { SessionLister } from "./session-lister.js";
import { SessionLock, SessionLocks } from "./session-locks.js";
import { applyCommit, deleteSession, findOperation, findSession, hasSession } from "./session-rows.js";
import { SessionStager } from "./session-stager.js";
import { toStoreError } from "./sqlite-error.js";
import { SqliteTranscript } from "./sqlite-transcript.js";
import type { Steps } from "./steps.js";
import { Transactions } from "./transactions.js";

export interface SqliteBackendOptions {
  readonly source: DatabaseSource;
  /** For people: a path, or `:memory:`. */
  readonly location: string;
  /** The file, with links resolved; null in memory. */
  readonly path: string | null;
  readonly isDurable: boolean;
  readonly search: boolean;
  readonly lockTimeoutMs: number;
}

/** How long giving a lock back waits for other writers, in milliseconds; the kernel's part is given back at once all the same. */
const RELEASE_PATIENCE_MS = 2000;

/** Writes after which the search index is worth merging: at least as many runs as make a merge (`usermerge`). */
const WRITES_PER_MERGE = 32;

/** The least that a read waits for a database that is busy, in milliseconds: no lock of a session can be the reason. */
const MIN_READ_PATIENCE_MS = 500;

/** Sessions in one SQLite database. */
export class SqliteBackend extends SessionBackend {
  readonly name = "sqlite";
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #path: string | null;
  readonly #handle: DatabaseHandle;
  readonly #locks: SessionLocks;
  readonly #transactions: Transactions;
  readonly #lister: SessionLister;
  readonly #candidates: SearchCandidates;
  readonly #stager: SessionStager;
  readonly #sweeper: LeftoverSweeper;
  readonly #maintenanceOptions: MaintenanceOptions;
  #maintenance: Maintenance | null = null;
  #writes = 0;

  constructor({ source, location, path, isDurable, search, lockTimeoutMs }: SqliteBackendOptions) {
    super();
    this.location = location;
    this.capabilities = {
      durable: isDurable,
      multiProcess: path !== null,
      multiHost: false,
      readOnlyMedia: path !== null,
    };
    this.#path = path;
    this.#handle = new DatabaseHandle(source, { location, search });
    this.#locks = new SessionLocks(path === null ? null : `${path}-locks`);
    this.#transactions = new Transactions(this.#handle, this.#locks, {
      location,
      readTimeoutMs: Math.max(lockTimeoutMs, MIN_READ_PATIENCE_MS),
    });
    this.#lister = new SessionLister(this.#transactions, location);
    this.#candidates = new SearchCandidates(this.#transactions, this.#lister);
    this.#stager = new SessionStager(this.#transactions, this.#locks, location);
    this.#sweeper = new LeftoverSweeper(this.#transactions, this.#locks);
    this.#maintenanceOptions = {
      source,
      handle: this.#handle,
      transactions: this.#transactions,
      location,
      search,
      lockTimeoutMs,
    };
  }

  /** Looks at what is there, so that a store that cannot be used is refused when it is opened. Creates nothing. */
  async start(): Promise<this> {
    try {
      await this.#transactions.read(() => undefined, undefined);
      return this;
    } catch (error) {
      this.#handle.close();
      if (SessionStoreError.is(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreIoError(
        `The SQLite database ${this.location} cannot be opened: ${reason}. Check the path and its permissions.`,
        { location: this.location, cause: error },
      );
    }
  }

  async readHead(key: SessionKey): Promise<StoredHead | null> {
    const row = await this.#transactions.read(
      ({ sql }) => findSession(sql, key, this.location),
      null,
      key.id,
    );
    return row?.head ?? null;
  }

  async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const row = await this.#transactions.read(
      ({ sql }) => findSession(sql, key, this.location),
      null,
      key.id,
    );
    return row === null ? null : new SqliteTranscript(row, this.#transactions, this.location);
  }

  async listPage(namespace: string, plan: ListPlan): Promise<BackendPage> {
    return await this.#lister.page(namespace, plan);
  }

  searchCandidates(namespace: string, plan: SearchPlan): AsyncIterable<SearchCandidate> {
    return this.#candidates.find(namespace, plan);
  }

  namespaces(): AsyncIterable<string> {
    return this.#lister.namespaces();
  }

  async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    if (this.#writes === 0 && !(await this.#exists())) {
      // Asked before anything is created: a refused write to a store that is not there leaves nothing behind, and a file that was made
      // cannot be taken away again, because by then somebody else may have written to it.
      const first = decide(null);
      if (first === null) throw new SessionNotFoundError(key.id, key.namespace, this.location);
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
      this.#sweeper.start();
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
      throw new SessionDeleteError(key.id, this.location, { cause });
    }
    if (isDeleted) this.#sweeper.start();
    return isDeleted;
  }

  async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    if (!(await this.#exists())) throw new SessionNotFoundError(key.id, key.namespace, this.location);
    this.#handle.assertWritable();
    const held = await retryUntil(wait, key.id, () => this.#locks.tryHold(key));
    const lock = new SessionLock(key, async ({ token }) => {
      try {
        const context = { key: null, wait: startWait(RELEASE_PATIENCE_MS), lock: null };
        await this.#transactions.write(context, ({ sql }) => this.#locks.deleteRow(sql, key, token));
      } catch (error) {
        // The next writer finds that nobody holds the kernel lock, and removes the row. In memory there is no such second sign.
        if (this.#path === null) throw error;
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

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    yield* (await this.#maintain()).verify();
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    try {
      return await (await this.#maintain()).repair(key);
    } finally {
      this.#sweeper.start();
    }
  }

  async backup(target: string): Promise<void> {
    await (await this.#maintain()).backup(target);
  }

  async close(): Promise<void> {
    await this.#sweeper.close();
    await this.#handle.settled();
    this.#handle.close();
  }

  async #mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    const { head, isCut, hasSearch } = await this.#transactions.writeInSteps(
      { key, ...options },
      (database, known) => this.#decideAndApply(database, key, known, decide, options),
    );
    // What a program that died left behind is swept after the first write.
    const isDue = isCut || this.#writes === 0 || (hasSearch && this.#writes % WRITES_PER_MERGE === 0);
    this.#writes++;
    if (isDue) this.#sweeper.start();
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
    const present = known === null ? findSession(sql, key, this.location) : sessionOf(known, this.location);
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
    if (present === null) throw new SessionNotFoundError(key.id, key.namespace, this.location);
    return { head: present.head, isCut: false, hasSearch };
  }

  *#apply(database: OpenDatabase, present: SessionRow | null, commit: Commit): Steps<boolean> {
    try {
      return yield* applyCommit(database, present, commit);
    } catch (error) {
      // A damaged database keeps a new session from being written; to call that session corrupted would mean that it is there.
      throw present === null ? toStoreError(error, this.location) : error;
    }
  }

  async #exists(): Promise<boolean> {
    return await this.#transactions.read(() => true, false);
  }

  async #maintain(): Promise<Maintenance> {
    const { Maintenance } = await import("./maintenance.js");
    this.#maintenance ??= new Maintenance(this.#maintenanceOptions);
    return this.#maintenance;
  }
}
