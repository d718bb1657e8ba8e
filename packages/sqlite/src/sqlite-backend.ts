import type { Finding, RepairReport, StoreCapabilities } from "@agent-sessions/core";
import { SessionStoreError, StoreIoError } from "@agent-sessions/core";
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
import { DatabaseHandle, type DatabaseSource } from "./database-handle.js";
import { findSession } from "./find-session.js";
import type { Maintenance, MaintenanceOptions } from "./maintenance.js";
import { SessionLister } from "./session-lister.js";
import { SessionLocks } from "./session-locks.js";
import type { SessionWriter, SessionWriterOptions } from "./session-writer.js";
import { SqliteTranscript } from "./sqlite-transcript.js";
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

/** The least that a read waits for a database that is busy, in milliseconds: no lock of a session can be the reason. */
const MIN_READ_PATIENCE_MS = 500;

/** Sessions in one SQLite database. */
export class SqliteBackend extends SessionBackend {
  readonly name = "sqlite";
  readonly location: string;
  readonly capabilities: StoreCapabilities;
  readonly #handle: DatabaseHandle;
  readonly #transactions: Transactions;
  readonly #lister: SessionLister;
  readonly #writerOptions: SessionWriterOptions;
  #writer: SessionWriter | null = null;
  readonly #maintenanceOptions: MaintenanceOptions;
  #maintenance: Maintenance | null = null;

  constructor({ source, location, path, isDurable, search, lockTimeoutMs }: SqliteBackendOptions) {
    super();
    this.location = location;
    this.capabilities = {
      durable: isDurable,
      multiProcess: path !== null,
      multiHost: false,
      readOnlyMedia: path !== null,
    };
    this.#handle = new DatabaseHandle(source, { location, search });
    const locks = new SessionLocks(path === null ? null : `${path}-locks`);
    this.#transactions = new Transactions(this.#handle, locks, {
      location,
      readTimeoutMs: Math.max(lockTimeoutMs, MIN_READ_PATIENCE_MS),
    });
    this.#lister = new SessionLister(this.#transactions, location);
    this.#writerOptions = {
      handle: this.#handle,
      locks,
      transactions: this.#transactions,
      location,
      locksDie: path !== null,
    };
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

  async *searchCandidates(
    namespace: string,
    plan: SearchPlan,
  ): AsyncGenerator<SearchCandidate, void, undefined> {
    const { SearchCandidates } = await import("./search-candidates.js");
    yield* new SearchCandidates(this.#transactions, this.#lister).find(namespace, plan);
  }

  namespaces(): AsyncIterable<string> {
    return this.#lister.namespaces();
  }

  mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    return this.#write((writer) => writer.mutate(key, decide, options));
  }

  replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    return this.#write((writer) => writer.replace(key, entries, seal, context));
  }

  remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    return this.#write((writer) => writer.remove(key, context));
  }

  acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    return this.#write((writer) => writer.acquireLock(key, wait));
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    yield* (await this.#maintain()).verify();
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    try {
      return await (await this.#maintain()).repair(key);
    } finally {
      await this.#write(async (writer) => writer.sweep());
    }
  }

  async backup(target: string): Promise<void> {
    await (await this.#maintain()).backup(target);
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    await this.#handle.settled();
    this.#handle.close();
  }

  /** Every write but the first is spared the extra promise. */
  #write<T>(call: (writer: SessionWriter) => Promise<T>): Promise<T> {
    return this.#writer === null ? this.#loadWriter().then(call) : call(this.#writer);
  }

  async #loadWriter(): Promise<SessionWriter> {
    const { SessionWriter } = await import("./session-writer.js");
    // Another call may have been quicker.
    this.#writer ??= new SessionWriter(this.#writerOptions);
    return this.#writer;
  }

  async #maintain(): Promise<Maintenance> {
    const { Maintenance } = await import("./maintenance.js");
    this.#maintenance ??= new Maintenance(this.#maintenanceOptions);
    return this.#maintenance;
  }
}
