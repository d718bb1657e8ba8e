import {
  InvalidInputError,
  type JsonObject,
  type Message,
  type OpenBackend,
  type SessionStore,
  type StoreOptions,
} from "@agent-sessions/core";
import {
  checkOptions,
  choice,
  flag,
  STORE_OPTION_CHECKS,
  storeOver,
  text,
  wholeNumber,
} from "@agent-sessions/core/backend";
import {
  type ConnectionTarget,
  describeTarget,
  isDriverParameter,
  parseTarget,
  splitStoreUrl,
} from "./connection-target.js";
import type { ConnectionSource } from "./connections.js";
import { loadDriver } from "./load-driver.js";
import { PostgresBackend } from "./postgres-backend.js";
import type { PostgresClient, PostgresPool } from "./postgres-driver.js";
import { MAX_RETRY_TIMEOUT_MS } from "./retry-limit.js";

export interface PostgresSessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /** `postgres://user:password@host:port/database`. Either this or `pool`. */
  readonly connectionString?: string | undefined;
  /**
   * A `Pool` of `pg` that the caller made and closes. Its settings stay as they are, so `poolSize` and `statementTimeoutMs` do not go
   * with it. Session locks take one connection besides.
   */
  readonly pool?: PostgresPool | undefined;
  /**
   * The PostgreSQL schema that holds the store's tables and nothing else. The first write creates it. In a URL it is `schema`.
   * @default "agent_sessions"
   */
  readonly schemaName?: string | undefined;
  /**
   * Where the connection for session locks goes, when the other one leads to a pooler that changes connections between transactions
   * (PgBouncer in transaction mode). Default: as all others.
   */
  readonly lockConnectionString?: string | undefined;
  /**
   * "durable": a write that resolved survives a crash of the server, as far as its own settings go. "relaxed": it may be lost, as a
   * whole, in the last moments before a crash (`synchronous_commit = off`). @default "durable"
   */
  readonly durability?: "durable" | "relaxed" | undefined;
  /** How many connections are open at most, but for the one for locks. @default 10 */
  readonly poolSize?: number | undefined;
  /** How long the server may work on one statement, in milliseconds; 0: as long as it takes. @default 30000 */
  readonly statementTimeoutMs?: number | undefined;
  /** How long a call goes on trying while the server cannot be reached, in milliseconds, an hour at most: a restart, a failover. @default 5000 */
  readonly retryTimeoutMs?: number | undefined;
  /**
   * Whether connections keep statements ready, which saves the server about an eighth of the work of an append and most of that of a list. Not
   * with a pooler that changes connections between transactions and knows nothing of statements (PgBouncer before 1.21, in transaction
   * mode). @default true with `connectionString`, false with `pool`, of which is not known where it leads
   */
  readonly preparedStatements?: boolean | undefined;
  /**
   * Whether a new store gets a search index, if the extension `pg_trgm` is installed in the database: rare words are then quick to find.
   * Without one `search` looks through the sessions. @default true
   */
  readonly search?: boolean | undefined;
}

const CHECKS = {
  ...STORE_OPTION_CHECKS,
  connectionString: text,
  pool: checkPool,
  schemaName: checkSchema,
  lockConnectionString: text,
  durability: choice("durable", "relaxed"),
  poolSize: wholeNumber({ min: 1, max: 1000 }),
  statementTimeoutMs: wholeNumber({ min: 0, max: 2 ** 31 - 1 }),
  retryTimeoutMs: wholeNumber({ min: 0, max: MAX_RETRY_TIMEOUT_MS }),
  preparedStatements: flag,
  search: flag,
};

/** How long connecting may take, and waiting for a free connection of the pool, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How much longer than the server the client waits for an answer, in milliseconds: then the network is at fault. */
const NETWORK_PATIENCE_MS = 5000;

/**
 * A store in a PostgreSQL database. Nothing is created before the first write.
 *
 * @example
 * const store = await openPostgresSessionStore({ connectionString: "postgres://app@db.example.org/app" });
 * @throws {InvalidInputError} INVALID_OPTIONS
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED when pg is missing
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the schema is not a session store's, or of a newer major format
 * @throws {StoreIoError} STORE_IO when the server cannot be reached or refuses the connection
 */
export async function openPostgresSessionStore<M extends object = Message, S extends object = JsonObject>(
  options: PostgresSessionStoreOptions<M, S>,
): Promise<SessionStore<M, S>> {
  const checked = checkOptions("openPostgresSessionStore", options, CHECKS);
  const {
    connectionString,
    pool,
    schemaName = "agent_sessions",
    lockConnectionString,
    durability = "durable",
    poolSize,
    statementTimeoutMs,
    retryTimeoutMs = 5000,
    preparedStatements: preparesStatements = pool === undefined,
    search = true,
    ...storeOptions
  } = checked;
  let source: ConnectionSource;
  let target: ConnectionTarget;
  if (pool !== undefined) {
    const extra = (["connectionString", "poolSize", "statementTimeoutMs"] as const).find(
      (name) => checked[name] !== undefined,
    );
    if (extra !== undefined) throw invalid(extra, "does not go with the option pool, which brings its own");
    source = {
      ...{ pool, ownPool: null, preparesStatements },
      createClient: () => clientLike(pool, lockConnectionString),
    };
    target = targetOf(pool);
  } else if (connectionString === undefined) {
    throw invalid("connectionString", "or the option pool is needed");
  } else {
    target = parseTarget(connectionString);
    source = ownSource(connectionString, lockConnectionString, {
      ...{ poolSize, statementTimeoutMs, preparesStatements },
    });
  }
  const backend = new PostgresBackend({
    source,
    schemaName,
    location: describeTarget(target, schemaName),
    isDurable: durability === "durable",
    search,
    retryTimeoutMs,
    lockTimeoutMs: checked.lockTimeoutMs ?? 10_000,
  });
  return storeOver<M, S>(await backend.start(), storeOptions as StoreOptions<M, S>);
}

/** Opens `postgres://…` for `openStore`; the store's options stand in the query, beside those of the driver. */
export const open: OpenBackend = async ({ url, options }) => {
  if ("connectionString" in options || "pool" in options) {
    throw invalid("url", "already names the server: leave the options connectionString and pool out");
  }
  const { connectionString, schemaName } = splitStoreUrl(url);
  const { schema, ...given } = Object.fromEntries(
    Object.entries(options).filter(([name]) => !isDriverParameter(name)),
  );
  return await openPostgresSessionStore({
    ...(schemaName === null ? {} : { schemaName }),
    // In code, a schema is what checks messages and state.
    ...(typeof schema === "string" ? {} : { schema: schema as StoreOptions["schema"] }),
    ...given,
    connectionString,
  });
};

function ownSource(
  connectionString: string,
  lockConnectionString: string | undefined,
  {
    poolSize = 10,
    statementTimeoutMs = 30_000,
    preparesStatements,
  }: Pick<PostgresSessionStoreOptions, "poolSize" | "statementTimeoutMs"> & {
    readonly preparesStatements: boolean;
  },
): ConnectionSource {
  const { Pool, Client } = loadDriver();
  const common = {
    keepAlive: true,
    fallback_application_name: "agent-sessions",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(statementTimeoutMs === 0
      ? {}
      : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + NETWORK_PATIENCE_MS }),
  };
  const pool = new Pool({ ...common, connectionString, max: poolSize });
  return {
    ...{ pool, ownPool: pool, preparesStatements },
    createClient: () => new Client({ ...common, connectionString: lockConnectionString ?? connectionString }),
  };
}

/** Another connection like those of a pool. */
function clientLike(pool: PostgresPool, lockConnectionString: string | undefined): PostgresClient {
  const { Client } = pool as { readonly Client?: new (options: object) => PostgresClient };
  const Constructor = Client ?? loadDriver().Client;
  return new Constructor(
    // TLS and timeouts stay those of the pool.
    lockConnectionString === undefined
      ? pool.options
      : { ...pool.options, connectionString: lockConnectionString },
  );
}

function targetOf({ options }: PostgresPool): ConnectionTarget {
  const { connectionString, host, port, database } = options as Readonly<Record<string, unknown>>;
  if (typeof connectionString === "string") return parseTarget(connectionString);
  const asText = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
  return { host: asText(host) || "localhost", port: asText(port), database: asText(database) };
}

function checkPool(value: unknown, name: string): PostgresPool {
  const isPool =
    typeof value === "object" &&
    value !== null &&
    "connect" in value &&
    "options" in value &&
    "totalCount" in value;
  if (!isPool) throw invalid(name, "must be a Pool of pg");
  if ("ended" in value && value.ended === true) throw invalid(name, "is closed");
  return value as unknown as PostgresPool;
}

/** PostgreSQL cuts longer names off in silence. */
const MAX_NAME_BYTES = 63;

function checkSchema(value: unknown, name: string): string {
  const schema = text(value, name);
  if (Buffer.byteLength(schema) > MAX_NAME_BYTES)
    throw invalid(name, `must not be longer than ${MAX_NAME_BYTES} bytes`);
  if (/^pg_|^information_schema$/.test(schema))
    throw invalid(name, "must not be a schema of PostgreSQL itself");
  // It stands in the bodies of functions, which that ends.
  if (schema.includes("$body$")) throw invalid(name, "must not hold $body$");
  return schema;
}

function invalid(path: string, problem: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", `The option ${path} ${problem}.`, { path });
}
