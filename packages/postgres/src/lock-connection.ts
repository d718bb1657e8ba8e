import { inTransaction, UnfinishedTransaction } from "./connections.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { isBroken } from "./postgres-error.js";

/**
 * A connection for locks must outlive what its holder thinks about, and its death must be noticed: a host that vanished without a
 * word is given up after about a minute.
 */
const SETTINGS = `SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`;

/** One connection that holds session locks. When it ends, for whatever reason, the server has released all of them. */
export class LockConnection {
  /** The numbers of the session locks that it holds. */
  readonly held: Set<string> = new Set();
  readonly #client: PostgresClient;
  #isLost = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(client: PostgresClient) {
    this.#client = client;
    const lose = (): void => {
      this.#isLost = true;
    };
    client.on("error", lose);
    client.on("end", lose);
  }

  static async open(client: PostgresClient): Promise<LockConnection> {
    const connection = new LockConnection(client);
    try {
      await client.connect();
      await readRows(client, SETTINGS);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** Its locks are gone, and it is of no use any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Runs `body` when what was asked for before is done: those who hold locks share the connection, and not its transactions. */
  async run<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#attempt(body));
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  /** The same, all of it or nothing. */
  async transaction<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    return await this.run((client) => inTransaction(client, () => body(client)));
  }

  async close(): Promise<void> {
    this.#isLost = true;
    await this.#client.end().catch(() => undefined);
  }

  async #attempt<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    try {
      return await body(this.#client);
    } catch (error) {
      if (!(error instanceof UnfinishedTransaction) && !isBroken(error)) throw error;
      await this.close();
      throw error instanceof UnfinishedTransaction ? error.cause : error;
    }
  }
}
