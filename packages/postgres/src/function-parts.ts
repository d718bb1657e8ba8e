import { SCHEMA_MAJOR, STORE_TABLE } from "./schema-version.js";

// Pieces that the functions which write have in common.

/** The setting of the server by which the connection for locks is known; its value is that connection's token. */
export const HOLDER_SETTING: string = "agent_sessions.holder";

/**
 * The holder of the session's lock: the token of the connection that has it; empty when the transaction itself does; null when nobody
 * says so.
 */
export const HOLDER: string = "p_holder text";

/**
 * What a function which waits for others declares: it sets how long it does, for the half of what a statement may take at most, or the
 * statement would be cancelled, which tells nobody that a session is locked. An assignment, because a query takes three times as long.
 */
export const WAITING: string = `v_lock_timeout text := set_config('lock_timeout', least(p_wait_ms,
    ceil(date_part('epoch', nullif(current_setting('statement_timeout'), '0')::interval) * 500))::integer::text, true)`;

/** Refuses a store of another version, and a caller whose lock another connection holds (a pooler lies in between). */
export function beginning(schema: string): string {
  return `IF (SELECT o.major FROM ${schema}.${STORE_TABLE} o) <> ${SCHEMA_MAJOR} THEN
    RAISE EXCEPTION 'the store is of another major version' USING ERRCODE = 'AS001';
  END IF;
  IF p_holder <> '' AND p_holder IS DISTINCT FROM current_setting('${HOLDER_SETTING}', true) THEN
    RAISE EXCEPTION 'another connection holds the lock' USING ERRCODE = 'AS003';
  END IF;`;
}

/** A durable write waits for the flush of the log at least, whatever the server's own setting is; a relaxed one never does. */
export const FLUSHING: string = `IF NOT p_durable THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  ELSIF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;`;

/**
 * SQL: whether nobody else holds the session's lock. Who says to hold it takes it here once more: that costs nothing, and fails on a
 * connection that is not the one that holds it.
 */
export const MAY_WRITE: string =
  "CASE WHEN p_holder IS NULL THEN pg_try_advisory_xact_lock_shared(p_lock) ELSE pg_try_advisory_xact_lock(p_lock) END";

/** SQL: the session that a function is called for, with its state; every field is null when there is none. */
export function fromSession(schema: string): string {
  return `FROM (SELECT) AS one LEFT JOIN (${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id)
      ON s.namespace = p_namespace AND s.id = p_id`;
}
