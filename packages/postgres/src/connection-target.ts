import { InvalidInputError } from "@agent-sessions/core";

/** Where a store lies, taken from a connection string or a pool's options. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: string;
  readonly database: string;
}

/** For people: where the server is, and never who connects to it. */
export function describeTarget({ host, port, database }: ConnectionTarget, schema: string): string {
  const address = host.startsWith("/") ? encodeURIComponent(host) : host;
  return `postgres://${address}${port === "" ? "" : `:${port}`}/${database}?schema=${schema}`;
}

/**
 * Takes a connection string apart, without its credentials.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS, which shows nothing of it
 */
export function parseTarget(connectionString: string): ConnectionTarget {
  const url = parseConnectionUrl(connectionString);
  return {
    host: url.searchParams.get("host") ?? (decodeURIComponent(url.hostname) || "localhost"),
    port: url.searchParams.get("port") ?? url.port,
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

/** @throws {InvalidInputError} INVALID_OPTIONS; the error of the parser is not attached, for it holds what was parsed */
function parseConnectionUrl(connectionString: string): URL {
  let url: URL | null = null;
  try {
    url = new URL(connectionString.replace(/^(postgres(?:ql)?:\/\/[^/?]*@)(?=[/?]|$)/i, "$1localhost"));
    decodeURIComponent(`${url.hostname}${url.pathname}${url.username}${url.password}`);
  } catch {
    url = null;
  }
  // An @ behind the host stands behind a password that was not encoded, of which the path would show a part.
  const isClear = url !== null && !/@/.test(`${url.pathname}${url.hash}`);
  if (url !== null && isClear && /^postgres(ql)?:$/.test(url.protocol)) return url;
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    "The connection string must be a URL such as postgres://user:password@host:5432/database, with special characters in user and password percent-encoded.",
    { path: "connectionString" },
  );
}

/** What the driver itself takes in the query of a connection string. */
const DRIVER_PARAMETERS: ReadonlySet<string> = new Set([
  ...[
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "application_name",
    "fallback_application_name",
    "options",
  ],
  ...["sslmode", "sslcert", "sslkey", "sslrootcert", "sslnegotiation", "uselibpqcompat", "ssl"],
]);

/** What a store URL says to the driver; and the schema, whose name means something else among the options in code. */
export function splitStoreUrl(url: string): {
  readonly connectionString: string;
  readonly schemaName: string | null;
} {
  const { searchParams } = parseConnectionUrl(url);
  const [address = ""] = url.split("?", 1);
  const query = new URLSearchParams([...searchParams].filter(([name]) => isDriverParameter(name)));
  const connectionString = query.size === 0 ? address : `${address}?${query}`;
  return { connectionString, schemaName: searchParams.get("schema") };
}

export function isDriverParameter(name: string): boolean {
  return DRIVER_PARAMETERS.has(name);
}
