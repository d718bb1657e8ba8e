import {
  type OwnPool,
  type PooledClient,
  type PostgresClient,
  type PostgresPool,
  readRows,
  type SqlParameter,
  type SqlRow,
} from "./postgres-driver.js";
import { isBroken } from "./postgres-error.js";
import { SpareConnection } from "./spare-connection.js";
import { StatementNames } from "./statement-names.js";

export interface ConnectionSource {
  readonly pool: PostgresPool;
  /** The same, when it is ours; null for one that was handed in, which is closed by who made it. */
  readonly ownPool: OwnPool | null;
  /** Makes the connection that holds session locks: neither the pool's nor anybody else's. */
  readonly createClient: () => PostgresClient;
  /** Whether connections keep statements ready: no pooler may change them between transactions that knows nothing of statements. */
  readonly preparesStatements: boolean;
}

/** The connections of a store to its server. */
export class Connections {
  /** Of statements that are worth keeping ready. */
  readonly names: StatementNames;
  readonly #source: ConnectionSource;
  /** Null for a pool that was handed in: what is kept of it, others would wait for. */
  readonly #spare: SpareConnection | null;

  constructor(source: ConnectionSource) {
    this.#source = source;
    this.names = new StatementNames(source.preparesStatements);
    // A connection that breaks while nobody uses it is dropped by the pool; without a listener the process would end.
    source.ownPool?.on("error", ignore);
    this.#spare = source.ownPool === null ? null : new SpareConnection(source.ownPool);
    // A new one may break in the very moment in which it is handed over.
    if (!source.pool.listeners("connect").includes(guard)) source.pool.on("connect", guard);
  }

  /** Lends a connection to `body`. One that is broken is not given back. */
  async lend<T>(body: (client: PooledClient) => Promise<T>): Promise<T> {
    const client = this.#spare?.take() ?? (await this.#connect());
    try {
      const result = await body(client);
      this.#giveBack(client);
      return result;
    } catch (error) {
      if (error instanceof UnfinishedTransaction || isBroken(error)) client.release(true);
      else this.#giveBack(client);
      throw error instanceof UnfinishedTransaction ? error.cause : error;
    }
  }

  /** The same, all of it or nothing; `body` begins the transaction. */
  async transaction<T>(body: (client: PooledClient) => Promise<T>): Promise<T> {
    return await this.lend((client) => inTransaction(client, () => body(client)));
  }

  async rows(text: string, values: readonly SqlParameter[], name?: string): Promise<readonly SqlRow[]> {
    return await this.lend((client) => readRows(client, text, values, name));
  }

  /** A connection of its own, not yet connected. */
  createClient(): PostgresClient {
    return this.#source.createClient();
  }

  async close(): Promise<void> {
    this.#spare?.close();
    await this.#source.ownPool?.end();
  }

  async #connect(): Promise<PooledClient> {
    const client = await this.#source.pool.connect();
    guard(client);
    return client;
  }

  #giveBack(client: PooledClient): void {
    if (this.#spare?.keep(client) !== true) client.release();
  }
}

/** While a connection is lent, or was just thrown away, nobody else hears that it breaks, and the process would end. */
function guard(client: PooledClient): void {
  if (!client.listeners("error").includes(ignore)) client.on("error", ignore);
}

function ignore(): void {
  // Whoever uses the connection next is told.
}

/**
 * Ends the transaction that `body` begins: with a COMMIT when it returns, and undone when it throws.
 *
 * @throws {UnfinishedTransaction} when it could not be undone; the connection must not be used again
 */
export async function inTransaction<T>(
  client: Pick<PostgresClient, "query">,
  body: () => Promise<T>,
): Promise<T> {
  try {
    const result = await body();
    await readRows(client, "COMMIT");
    return result;
  } catch (error) {
    try {
      await readRows(client, "ROLLBACK");
    } catch {
      throw new UnfinishedTransaction(error);
    }
    throw error;
  }
}

/** The reason is its cause. */
export class UnfinishedTransaction extends Error {
  constructor(cause: unknown) {
    super("The transaction could not be undone.", { cause });
  }
}
