import { SessionStoreError, StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { Refusal } from "./refusal.js";
import { SCHEMA_MAJOR } from "./schema-version.js";

/** The five characters by which PostgreSQL names an error; null for an error of the driver or of the network. */
export function sqlState(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && "severity" in (error as object)
    ? code
    : null;
}

/** The server is going down or coming up: it cuts its connections, or takes no new ones yet. */
const SERVER_IS_AWAY: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05"]);

/** Whether the connection cannot be used any more. A server that became read-only is no longer the one to write to. */
export function isBroken(error: unknown): boolean {
  if (SessionStoreError.is(error) || error instanceof Refusal) return false;
  const state = sqlState(error);
  return state === null || state.startsWith("08") || SERVER_IS_AWAY.has(state) || state === "25006";
}

/** What `pg` says, without any code, of a connection that broke, is broken already, or does not answer (any more). */
const BROKEN_CONNECTION =
  /^(Connection terminated|timeout expired$|Client (was closed|has encountered a connection error) and is not queryable|Query read timeout)/;

/** The server cannot be reached just now, or has too many connections: worth another try. */
export function isUnreachable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return state.startsWith("08") || SERVER_IS_AWAY.has(state) || state === "53300";
  if (!(error instanceof Error) || SessionStoreError.is(error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    BROKEN_CONNECTION.test(error.message)
  );
}

/** Two transactions were in each other's way, and this one was undone: worth another try. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/** The row of the session was not had in time. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === "55P03";
}

/** The server was asked over another connection than the one that holds the caller's locks. */
export function isMisplaced(error: unknown): boolean {
  return sqlState(error) === "AS003";
}

/** What locks are refused with that would protect nothing. */
export function changingPooler(cause?: unknown): StoreIoError {
  return new StoreIoError(
    "The connection for session locks leads to a pooler that changes connections between transactions, where locks protect nothing. Give lockConnectionString the address of the server itself, or of a pooler in session mode.",
    { cause },
  );
}

/** Tables, columns or functions that are not there: the schema is not what it was taken for. */
export function isMissingSchema(error: unknown): boolean {
  return ["42P01", "3F000", "42883", "42703"].includes(sqlState(error) ?? "");
}

/** What a store that another version has changed is refused with. */
export function anotherMajor(location: string, format: string, cause?: unknown): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `${location} was written by a newer version of agent-sessions (format ${format}; this one knows ${SCHEMA_MAJOR}.x). It was left untouched; update @agent-sessions/postgres.`,
    { location, cause, details: { formatVersion: format } },
  );
}

/** What a store is refused with of which tables, columns or functions are missing. */
function incomplete(location: string, cause: Error): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `${location} is not complete: ${cause.message}. Somebody has changed or dropped a part of its schema, or restored it in part. Restore a backup of all of it, or choose another schema.`,
    { location, cause, details: { sqlState: sqlState(cause) } },
  );
}

/** A statement that this connection has kept ready is not there, or one that it has not kept is. */
const POOLED =
  "does not agree about which statements this connection has prepared: a pooler changes connections between transactions";

/** What a state means, and what to do about it. Longer keys come first. */
const MEANINGS: readonly (readonly [state: string, problem: string, remedy: string])[] = [
  ["28", "refused the user or the password", "Check the credentials, and pg_hba.conf on the server"],
  ["3D000", "has no such database", "Create it, or check the name in the connection string"],
  [
    "42501",
    "does not allow this",
    "Grant the rights that the README lists, or make the first write as a role that may create the schema",
  ],
  ["25006", "is read-only: a standby, or set so", "Connect to the primary to write; nothing was changed"],
  ["53100", "has no disk space left", "Free some and try again; nothing was changed"],
  ["53200", "ran out of memory", "Try again later; nothing was changed"],
  [
    "53300",
    "has no connection left",
    "Allow more (max_connections), use a smaller pool, or put a pooler in front",
  ],
  ["57P03", "is starting up or shutting down", "Try again later"],
  [
    "57014",
    "cancelled the statement, which took longer than it may",
    "Try again later, or allow more time with statementTimeoutMs",
  ],
  ["26000", POOLED, "Open the store with preparedStatements: false"],
  ["42P05", POOLED, "Open the store with preparedStatements: false"],
  ["54", "cannot hold a value of that size", "Keep a message or state below 1 GB"],
];

/**
 * The one translation of the driver's errors. Errors of the library pass through.
 *
 * @param sessionId the session that the failed call was about
 */
export function toStoreError(error: unknown, location: string, sessionId?: string): unknown {
  if (SessionStoreError.is(error) || !(error instanceof Error)) return error;
  const state = sqlState(error);
  if (state === "AS001") return anotherMajor(location, "unknown", error);
  if (isMisplaced(error)) return changingPooler(error);
  if (isMissingSchema(error)) return incomplete(location, error);
  const options = { cause: error, location, sessionId, details: state === null ? {} : { sqlState: state } };
  const meaning = MEANINGS.find(([prefix]) => state?.startsWith(prefix) === true);
  if (meaning !== undefined) {
    const [, problem, remedy] = meaning;
    return new StoreIoError(`The PostgreSQL server of ${location} ${problem}. ${remedy}.`, options);
  }
  if (/timeout exceeded when trying to connect/.test(error.message)) {
    return new StoreIoError(
      `No connection to ${location} was to be had in time. Use a larger pool, check that every connection taken from it is given back, and that the server can be reached.`,
      options,
    );
  }
  if (isUnreachable(error)) {
    return new StoreIoError(
      `The PostgreSQL server of ${location} cannot be reached, or the connection broke (${reasonOf(error)}). Check that it runs and try again; an append with an operationId can be repeated safely.`,
      options,
    );
  }
  // What is no error of the server or of the network may be the caller's own.
  if (state === null) return error;
  return new StoreIoError(
    `The PostgreSQL server of ${location} failed: ${reasonOf(error)} (${state}). Nothing was changed.`,
    options,
  );
}

/** An AggregateError, which the network throws for several addresses, has no message of its own. */
function reasonOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return error.message === "" ? code : error.message;
}
