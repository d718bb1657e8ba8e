import { beginning, FLUSHING, fromSession, HOLDER, MAY_WRITE, WAITING } from "./function-parts.js";
import { MAX_RETRY_TIMEOUT_MS } from "./retry-limit.js";

/** What `lock_session` answers: how it went, what the operation was, and the session as it is. */
const ANSWER = `RETURNS TABLE (
  outcome text, fingerprint text, version text, transcript bigint, commit_id text, revision bigint, message_count bigint,
  created_at bigint, updated_at bigint, preview_seq bigint, parent_message_count bigint, pinned boolean, archived boolean,
  namespace text, id text, epoch text, title text, preview text, parent_id text, usage text, labels text, metadata text, extra text, state text
) LANGUAGE plpgsql`;

/** The columns of a session behind `outcome`, in the order of `ANSWER`. A version is a row as it was written, by whomever. */
export const HEAD_COLUMNS = `s.xmin::text || '.' || s.commit_id::text, s.transcript, s.commit_id::text, s.revision, s.message_count,
  s.created_at, s.updated_at, s.preview_seq, s.parent_message_count, s.pinned, s.archived,
  s.namespace, s.id, s.epoch, s.title, s.preview, s.parent_id, s.usage, s.labels, s.metadata, s.extra`;

/**
 * All writers take the session's row first, which makes them queue fairly, and only then look whether somebody holds the session's
 * advisory lock. Nothing waits for an advisory lock, so there can be no deadlock.
 */
export function lockFunctions(schema: string): string {
  return `
CREATE FUNCTION ${schema}.lock_session(
  p_namespace text, p_id text, p_operation text, p_lock bigint, ${HOLDER}, p_wait_ms integer, p_durable boolean)
${ANSWER} AS $body$
#variable_conflict use_column
DECLARE
  ${WAITING};
BEGIN
  ${beginning(schema)}
  ${FLUSHING}
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT pg_try_advisory_xact_lock(p_lock) THEN
    outcome := 'locked';
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY SELECT 'ours', (SELECT o.fingerprint FROM ${schema}.operations o
      WHERE o.namespace = p_namespace AND o.id = p_id AND o.operation = p_operation), ${HEAD_COLUMNS}, d.state
    ${fromSession(schema)};
END $body$;
CREATE FUNCTION ${schema}.hold_lock(p_namespace text, p_id text, p_lock bigint, ${HOLDER}, p_wait_ms integer) RETURNS text
LANGUAGE plpgsql AS $body$
DECLARE
  ${WAITING};
BEGIN
  ${beginning(schema)}
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'missing';
  END IF;
  RETURN CASE WHEN pg_try_advisory_lock(p_lock) THEN 'ours' ELSE 'locked' END;
END $body$;`;
}

/** How long it is known who removed a session, in milliseconds: twice the longest time that a call is repeated for. */
const REMOVALS_KEPT_MS = 2 * MAX_RETRY_TIMEOUT_MS;

/**
 * Reads nothing but keys: a damaged session can be removed too. Who removed it is remembered for a while, by numbers that name nobody:
 * so a call whose answer was lost, and which is sent again, is told that it was this very call, or that what it made is gone again.
 */
export function removeFunction(schema: string): string {
  const gone = ["states", "facets", "operations", "sessions"].map(
    (table) => `DELETE FROM ${schema}.${table} x WHERE x.namespace = p_namespace AND x.id = p_id`,
  );
  return `
CREATE FUNCTION ${schema}.remove_session(
  p_namespace text, p_id text, p_lock bigint, ${HOLDER}, p_wait_ms integer, p_durable boolean, p_removal bigint) RETURNS text
LANGUAGE plpgsql AS $body$
DECLARE
  ${WAITING};
  present record;
  v_now bigint;
BEGIN
  ${beginning(schema)}
  ${FLUSHING}
  SELECT s.transcript, s.created_by INTO present FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF EXISTS (SELECT FROM ${schema}.removals r WHERE r.namespace = p_namespace AND r.removal = p_removal) THEN
    RETURN 'removed';
  END IF;
  IF present.transcript IS NULL THEN
    RETURN 'missing';
  END IF;
  IF NOT (${MAY_WRITE}) THEN
    RETURN 'locked';
  END IF;
  DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = present.transcript;
  -- By its key, for which there is an index. What others are staging for this session stays.
  DELETE FROM ${schema}.transcripts t WHERE t.namespace = p_namespace AND t.transcript = present.transcript;
  ${gone.join(";\n  ")};
  v_now := extract(epoch FROM clock_timestamp()) * 1000;
  INSERT INTO ${schema}.removals (removal, created_by, removed_at, namespace) VALUES (p_removal, present.created_by, v_now, p_namespace);
  DELETE FROM ${schema}.removals r WHERE r.namespace = p_namespace AND r.removal IN (
    SELECT old.removal FROM ${schema}.removals old WHERE old.namespace = p_namespace AND old.removed_at < v_now - ${REMOVALS_KEPT_MS}
    ORDER BY old.removed_at LIMIT 8 FOR UPDATE SKIP LOCKED);
  RETURN 'removed';
END $body$;`;
}
