import {
  type Finding,
  type RepairReport,
  SessionDeleteError,
  SessionNotFoundError,
  SessionStoreError,
  type StoreCapabilities,
  StoreIoError,
} from "@agent-sessions/core";
import {
  type BackendLock,
  type BackendPage,
  type Decide,
  type ListPlan,
  type MutateOptions,
  type SearchCandidate,
  type SearchPlan,
  SessionBackend,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  type Transcript,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import { CommitSender } from "./commit-sender.js";
import { Database, type DatabaseOptions } from "./database.js";
import { HeadCache } from "./head-cache.js";
import { headOf } from "./head-row.js";
import { isUntold } from "./lost-answer.js";
import { PostgresTranscript } from "./postgres-transcript.js";
import { SearchCandidates } from "./search-candidates.js";
import { SessionLister } from "./session-lister.js";
import { SessionLocks } from "./session-locks.js";
import { SessionRemover } from "./session-remover.js";
import { SessionStager } from "./session-stager.js";
import { SessionWriter } from "./session-writer.js";
import { StoreRepairer } from "./store-repairer.js";
import { StoreVerifier } from "./store-verifier.js";

export interface PostgresBackendOptions extends DatabaseOptions {
  readonly isDurable: boolean;
  readonly lockTimeoutMs: number;
}

/** Sessions in one schema of a PostgreSQL database. */
export class PostgresBackend extends SessionBackend {
  readonly name = "postgres";
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #database: Database;
  readonly #cache: HeadCache = new HeadCache();
  readonly #locks: SessionLocks;
  readonly #writer: SessionWriter;
  readonly #remover: SessionRemover;
  readonly #lister: SessionLister;
  readonly #candidates: SearchCandidates;
  readonly #stager: SessionStager;
  readonly #verifier: StoreVerifier;
  readonly #repairer: StoreRepairer;

  constructor(options: PostgresBackendOptions) {
    super();
    const { isDurable, lockTimeoutMs } = options;
    this.location = options.location;
    this.capabilities = { durable: isDurable, multiProcess: true, multiHost: true, readOnlyMedia: true };
    const database = new Database(options);
    this.#database = database;
    this.#locks = new SessionLocks(database);
    const sender = new CommitSender(database, this.#locks, this.#cache, isDurable);
    this.#writer = new SessionWriter(database, this.#locks, this.#cache, sender);
    this.#remover = new SessionRemover(database, this.#locks, this.#cache, isDurable);
    this.#lister = new SessionLister(database);
    this.#candidates = new SearchCandidates(database, this.#lister);
    this.#stager = new SessionStager(database, this.#locks, this.#writer);
    this.#verifier = new StoreVerifier(database);
    this.#repairer = new StoreRepairer(database, this.#verifier, this.#locks, this.#stager, {
      isDurable,
      lockTimeoutMs,
    });
  }

  /** Looks at what is there, so that a store that cannot be used is refused when it is opened. Creates nothing. */
  async start(): Promise<this> {
    try {
      await this.#database.look();
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async readHead(key: SessionKey): Promise<StoredHead | null> {
    const row = await this.#writer.read(key);
    return row === null ? null : headOf(row, this.location);
  }

  async openTranscript(key: SessionKey): Promise<Transcript | null> {
    return await PostgresTranscript.open(key, this.#database, (row) => this.#cache.put(key, row));
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
    const write = async (): Promise<StoredHead> => {
      if (await this.#database.isThere()) return await this.#writer.mutate(key, decide, options);
      // Asked before anything is created: a refused write to a store that is not there leaves nothing behind.
      const first = decide(null);
      if (first === null) throw new SessionNotFoundError(key.id, key.namespace, this.location);
      await this.#database.create();
      // Should somebody else make this very session meanwhile, it is asked a second time. Nobody can see that: an answer other than a
      // refusal to "there is none" runs no code of the caller's.
      const again: Decide = (current) => (current === null ? first : decide(current));
      return await this.#writer.mutate(key, again, { ...options, isRepeatable: true });
    };
    return await this.#database.translated(key.id, () => this.#database.despiteDrop(write));
  }

  async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    return await this.#database.translated(key.id, () => this.#stager.replace(key, entries, seal, context));
  }

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    try {
      return await this.#database.ifThere(key.id, () => this.#remover.remove(key, context), false);
    } catch (cause) {
      if (SessionStoreError.is(cause, "SESSION_LOCKED") || SessionStoreError.is(cause, "STORE_INCOMPATIBLE"))
        throw cause;
      if (isUntold(cause)) throw cause;
      throw new SessionDeleteError(key.id, this.location, { cause });
    }
  }

  async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    const lock = await this.#database.ifThere(key.id, () => this.#locks.acquire(key, wait), null);
    if (lock === null) throw new SessionNotFoundError(key.id, key.namespace, this.location);
    return lock;
  }

  verify(): AsyncIterable<Finding> {
    return this.#verifier.verify();
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    const nothing: RepairReport = { repaired: [], setAside: [], remaining: [] };
    return await this.#database.ifThere(key?.id, () => this.#repairer.repair(key), nothing);
  }

  async backup(target: string): Promise<void> {
    throw new StoreIoError(
      `A PostgreSQL store is not backed up to ${JSON.stringify(target)} by this library: use pg_dump --schema, or the backups of your server; or copy the sessions with migrate().`,
      { location: this.location },
    );
  }

  async close(): Promise<void> {
    await this.#locks.close();
    await this.#database.connections.close();
  }
}
