import { randomBytes } from "node:crypto";
import { inTransaction, UnfinishedTransaction } from "./connections.js";
import { HOLDER_SETTING } from "./function-parts.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { changingPooler, isBroken, isMisplaced } from "./postgres-error.js";

/**
 * A connection for locks must outlive what its holder thinks about, and its death must be noticed: a host that vanished without a
 * word is given up after about a minute.
 */
const SETTINGS = `SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`;

/** One connection that holds session locks. When it ends, for whatever reason, the server has released all of them. */
export class LockConnection {
  /** What the server knows this connection by: each call that needs its locks names it, and is refused on any other. */
  readonly token: string = randomBytes(12).toString("hex");
  /** The numbers of the session locks that it holds. */
  readonly held: Set<string> = new Set();
  readonly #client: PostgresClient;
  #isLost = false;
  #backend = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** How many wait for their turn. */
  #waiting = 0;

  private constructor(client: PostgresClient) {
    this.#client = client;
    const lose = (): void => {
      this.#isLost = true;
    };
    client.on("error", lose);
    client.on("end", lose);
  }

  /**
   * @throws {StoreIoError} STORE_IO when a pooler lies between that changes connections between transactions: locks would stay behind on
   *   connections that others use
   */
  static async open(createClient: () => PostgresClient): Promise<LockConnection> {
    const client = createClient();
    const connection = new LockConnection(client);
    try {
      await client.connect();
      const [[backend] = []] = await readRows(
        client,
        `${SETTINGS}; SET ${HOLDER_SETTING} = '${connection.token}'; SELECT pg_backend_pid()`,
      );
      connection.#backend = Number(backend);
      // A pooler says another number than the server does.
      if (client.processID !== backend) await connection.#assertStays(createClient());
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** The process of the server at its other end, behind whatever pooler. */
  get backend(): number {
    return this.#backend;
  }

  /** Whether somebody holds a lock by it, or waits for his turn. */
  get isShared(): boolean {
    return this.held.size > 0 || this.#waiting > 0;
  }

  /** Its locks are gone, and it is of no use any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** While somebody else is in a transaction, a connection that was only lent for a moment shows: one of the two has the other's place. */
  async #assertStays(other: PostgresClient): Promise<void> {
    other.on("error", () => undefined);
    try {
      await other.connect();
      const [[theirs] = []] = await readRows(other, "BEGIN; SELECT pg_backend_pid()");
      const [[ours] = []] = await readRows(this.#client, "SELECT pg_backend_pid()");
      if (ours === this.#backend && theirs !== this.#backend) return;
    } finally {
      await other.end().catch(() => undefined);
    }
    throw changingPooler();
  }

  /** Runs `body` when what was asked for before is done: those who hold locks share the connection, and not its transactions. */
  async run<T>(body: (client: PostgresClient) => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = this.#last.then(() => {
      this.#waiting--;
      return this.#attempt(body);
    });
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
      if (!(error instanceof UnfinishedTransaction) && !isBroken(error) && !isMisplaced(error)) throw error;
      await this.close();
      throw error instanceof UnfinishedTransaction ? error.cause : error;
    }
  }
}
