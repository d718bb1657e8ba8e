import { StoreIoError } from "@agent-sessions/core";
import { type ConnectionSource, Connections } from "./connections.js";
import { createSchema, inspectSchema, type SchemaPlace } from "./create-schema.js";
import type { PooledClient, SqlParameter, SqlRow } from "./postgres-driver.js";
import { isMissingSchema, isSerializationFailure, isUnreachable, toStoreError } from "./postgres-error.js";
import { quoteName } from "./sql-text.js";

export interface DatabaseOptions {
  readonly source: ConnectionSource;
  /** The schema's name, as it is. */
  readonly schemaName: string;
  /** For people; without credentials. */
  readonly location: string;
  /** Whether a new store gets a search index, where `pg_trgm` is there. */
  readonly search: boolean;
  /** How long a call goes on trying while the server cannot be reached, in milliseconds. */
  readonly retryTimeoutMs: number;
}

/** The longest pause between two tries to reach the server, in milliseconds. */
const MAX_PAUSE_MS = 250;

/** The schema of a store, on connections that may break. */
export class Database {
  readonly location: string;
  /** The schema's name, quoted. */
  readonly schema: string;
  readonly connections: Connections;
  readonly #place: SchemaPlace;
  readonly #retryTimeoutMs: number;
  #isThere = false;

  constructor({ source, schemaName, location, search, retryTimeoutMs }: DatabaseOptions) {
    this.location = location;
    this.schema = quoteName(schemaName);
    this.connections = new Connections(source);
    this.#place = { name: schemaName, location, search };
    this.#retryTimeoutMs = retryTimeoutMs;
  }

  /**
   * Whether the store's tables are there.
   *
   * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the schema is another program's, or of a newer major version
   */
  async look(): Promise<boolean> {
    return await this.translated(undefined, () => this.#inspect());
  }

  /** The same, asked of the server only while it is not known. */
  async isThere(): Promise<boolean> {
    return this.#isThere || (await this.retrying(this.retryDeadline(), () => this.#inspect()));
  }

  /** Makes the store's tables, unless they are there. Safe while others do the same. */
  async create(): Promise<void> {
    if (this.#isThere) return;
    // A second time, it finds what the first one has made.
    const make = (): Promise<void> => createSchema(this.connections, this.#place);
    await this.translated(undefined, () => this.retrying(this.retryDeadline(), make));
    this.#isThere = true;
  }

  /** The rows of a query whose text is always the same; none when nothing was ever written to the store. */
  async read(text: string, values: readonly SqlParameter[], sessionId?: string): Promise<readonly SqlRow[]> {
    return await this.#rows(text, values, this.connections.names.of(text), sessionId);
  }

  /** The same of a query that is put together from what was asked for, so that there may be any number of them. */
  async readVaried(text: string, values: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return await this.#rows(text, values, this.connections.names.ofVaried(text));
  }

  /** What `body` answers, or `empty` when nothing was ever written to the store. */
  async ifThere<T>(sessionId: string | undefined, body: () => Promise<T>, empty: T): Promise<T> {
    return await this.translated(sessionId, async () => {
      if (!(await this.isThere())) return empty;
      try {
        return await body();
      } catch (error) {
        if (!isMissingSchema(error) || (await this.#inspect())) throw error;
        return empty;
      }
    });
  }

  /** Runs `body`, which begins by asking whether the store is there, and once more if it turns out to have been dropped meanwhile. */
  async despiteDrop<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!isMissingSchema(error) || (await this.#inspect())) throw error;
      return await body();
    }
  }

  /** Runs `body` on one connection, all of it or nothing; `body` begins the transaction. */
  async transaction<T>(body: (client: PooledClient) => Promise<T>): Promise<T> {
    return await this.connections.transaction(body);
  }

  /** When a call that begins now stops trying to reach the server, by `performance.now()`. */
  retryDeadline(): number {
    return performance.now() + this.#retryTimeoutMs;
  }

  /** Tries again what may be tried again, while the server cannot be reached. */
  async retrying<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        const mayRetry = isUnreachable(error) || isSerializationFailure(error);
        if (!mayRetry || performance.now() >= deadline) throw error;
        await pause(tries, deadline);
      }
    }
  }

  async #rows(
    text: string,
    values: readonly SqlParameter[],
    name: string | undefined,
    sessionId?: string,
  ): Promise<readonly SqlRow[]> {
    const { connections } = this;
    return await this.ifThere(
      sessionId,
      () => this.retrying(this.retryDeadline(), () => connections.rows(text, values, name)),
      [],
    );
  }

  async #inspect(): Promise<boolean> {
    this.#isThere = (await inspectSchema(this.connections, this.#place)) !== null;
    return this.#isThere;
  }

  async translated<T>(sessionId: string | undefined, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      throw toStoreError(error, this.location, sessionId);
    }
  }
}

export function oneWord(rows: readonly SqlRow[]): string {
  const [word] = rows[0] ?? [];
  if (typeof word === "string") return word;
  throw new StoreIoError("The PostgreSQL server answered a call with nothing.");
}

async function pause(tries: number, deadline: number): Promise<void> {
  const wanted = Math.min(MAX_PAUSE_MS, 10 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random());
  const left = deadline - performance.now();
  await new Promise((resume) => setTimeout(resume, Math.max(0, Math.min(wanted, left))));
}
