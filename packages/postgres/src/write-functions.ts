import { beginning, FLUSHING, fromSession, HOLDER, MAY_WRITE } from "./function-parts.js";
import { MAX_RETRY_TIMEOUT_MS } from "./retry-limit.js";
import { nextTranscript } from "./sql-text.js";

/** How many operations a session remembers at least; the contract asks for 100. */
export const REMEMBERED_OPERATIONS = 128;

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

/** SQL: the answer that the session is not what was decided on, with the session as it is. */
function selectOvertaken(schema: string): string {
  return `SELECT json_build_array('overtaken', v_known, ${HEAD_COLUMNS}, d.state)::text
    ${fromSession(schema)}`;
}

/** SQL: whether somebody has removed what this commit made when it was sent before. */
function wasRemoved(schema: string): string {
  return `EXISTS (SELECT FROM ${schema}.removals r WHERE r.namespace = p_namespace AND r.created_by = p_commit_id)`;
}

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
BEGIN
  ${beginning(schema)}
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'missing';
  END IF;
  RETURN CASE WHEN pg_try_advisory_lock(p_lock) THEN 'ours' ELSE 'locked' END;
END $body$;`;
}

/** The parameters of `commit_session`, in order. */
export const COMMIT_PARAMETERS: readonly string[] = [
  "p_namespace text",
  "p_id text",
  // The version that was decided on; null: there was no session.
  "p_expected text",
  "p_lock bigint",
  HOLDER,
  "p_wait_ms integer",
  "p_durable boolean",
  "p_commit_id bigint",
  "p_operation text",
  "p_fingerprint text",
  // A transcript that was staged, to take the place of the present one, with the operations forgotten; 0: what is given is all of it.
  "p_staged bigint",
  "p_keep bigint",
  // The position of the first entry that is given.
  "p_first bigint",
  "p_times bigint[]",
  "p_messages text[]",
  "p_epoch text",
  "p_revision bigint",
  "p_message_count bigint",
  "p_updated_at bigint",
  "p_usage text",
  // Null for each of these: none of them changed.
  "p_created_at bigint",
  "p_title text",
  "p_title_folded text",
  "p_preview text",
  "p_preview_seq bigint",
  "p_labels text",
  "p_metadata text",
  "p_pinned boolean",
  "p_archived boolean",
  "p_parent_id text",
  "p_parent_message_count bigint",
  "p_extra text",
  // Null: unchanged.
  "p_facets text[]",
  "p_state text",
];

/** How long it is known who removed a session, in milliseconds: twice the longest time that a call is repeated for. */
const REMOVALS_KEPT_MS = 2 * MAX_RETRY_TIMEOUT_MS;

/**
 * Applies a commit if the session is what it was decided on, in one statement; else answers with the session as it is. The answer is
 * one text, a JSON array: rows of many columns take both sides longer to describe than to fill.
 */
export function commitFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.commit_session(${COMMIT_PARAMETERS.join(", ")}) RETURNS text
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
DECLARE
  present record;
  v_transcript bigint := nullif(p_staged, 0);
  v_known text;
  v_version text;
BEGIN
  ${beginning(schema)}
  ${FLUSHING}
  SELECT s.transcript, s.revision, s.epoch, s.commit_id, s.created_by, s.message_count, s.xmin::text || '.' || s.commit_id::text AS version
    INTO present FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF present.commit_id = p_commit_id THEN
    -- Whoever holds the lock by now: it took place before.
    RETURN json_build_array('committed', present.version, present.transcript);
  END IF;
  IF p_expected IS NULL AND (present.created_by = p_commit_id OR present.created_by IS NOT NULL AND ${wasRemoved(schema)}) THEN
    -- And others have written since, or have removed the session and made it anew.
    RETURN '["committed",null,0]';
  END IF;
  IF NOT (${MAY_WRITE}) THEN
    RETURN json_build_array('locked', present.revision, present.epoch);
  END IF;
  IF p_operation IS NOT NULL THEN
    SELECT o.fingerprint INTO v_known FROM ${schema}.operations o
      WHERE o.namespace = p_namespace AND o.id = p_id AND o.operation = p_operation;
  END IF;
  IF present.version IS DISTINCT FROM p_expected OR v_known IS NOT NULL THEN
    RETURN (${selectOvertaken(schema)});
  END IF;
  IF p_expected IS NULL THEN
    v_transcript := coalesce(v_transcript, ${nextTranscript(schema)});
    INSERT INTO ${schema}.sessions (transcript, commit_id, created_by, revision, message_count, created_at, updated_at, preview_seq,
        parent_message_count, pinned, archived, namespace, id, epoch, title, title_folded, preview, parent_id, usage, labels, metadata, extra)
      VALUES (v_transcript, p_commit_id, p_commit_id, p_revision, p_message_count, p_created_at, p_updated_at, p_preview_seq,
        p_parent_message_count, p_pinned, p_archived, p_namespace, p_id, p_epoch, p_title, p_title_folded, p_preview, p_parent_id,
        p_usage, p_labels, p_metadata, p_extra)
      ON CONFLICT DO NOTHING RETURNING xmin::text || '.' || commit_id::text INTO v_version;
    IF v_version IS NULL THEN
      -- Somebody else was quicker, or this very commit when it was sent before, over a connection that broke.
      RETURN (SELECT CASE WHEN s.created_by = p_commit_id OR ${wasRemoved(schema)} THEN '["committed",null,0]' ELSE (${selectOvertaken(schema)}) END
        FROM (SELECT) AS one LEFT JOIN ${schema}.sessions s ON s.namespace = p_namespace AND s.id = p_id);
    END IF;
    IF ${wasRemoved(schema)} THEN
      -- Sent before, applied, and removed by somebody since: not to be made a second time.
      DELETE FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id;
      RETURN '["committed",null,0]';
    END IF;
    IF p_staged IS NULL OR p_staged = 0 THEN
      INSERT INTO ${schema}.transcripts (transcript, namespace, id) VALUES (v_transcript, p_namespace, p_id);
    END IF;
  ELSE
    IF v_transcript IS NOT NULL THEN
      DELETE FROM ${schema}.transcripts t WHERE t.namespace = p_namespace AND t.transcript = present.transcript;
      DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = present.transcript;
    ELSIF p_keep < present.message_count THEN
      DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = present.transcript AND e.seq > p_keep;
    END IF;
    v_transcript := coalesce(v_transcript, present.transcript);
    IF p_staged IS NOT NULL THEN
      DELETE FROM ${schema}.operations o WHERE o.namespace = p_namespace AND o.id = p_id;
    END IF;
    IF p_title IS NULL THEN
      UPDATE ${schema}.sessions s SET commit_id = p_commit_id, epoch = p_epoch, revision = p_revision,
          message_count = p_message_count, updated_at = p_updated_at, usage = p_usage
        WHERE s.namespace = p_namespace AND s.id = p_id RETURNING s.xmin::text || '.' || s.commit_id::text INTO v_version;
    ELSE
      UPDATE ${schema}.sessions s SET transcript = v_transcript, commit_id = p_commit_id, epoch = p_epoch, revision = p_revision,
          message_count = p_message_count, updated_at = p_updated_at, usage = p_usage, created_at = p_created_at, title = p_title,
          title_folded = p_title_folded, preview = p_preview, preview_seq = p_preview_seq, labels = p_labels, metadata = p_metadata,
          pinned = p_pinned, archived = p_archived, parent_id = p_parent_id, parent_message_count = p_parent_message_count,
          extra = p_extra
        WHERE s.namespace = p_namespace AND s.id = p_id RETURNING s.xmin::text || '.' || s.commit_id::text INTO v_version;
    END IF;
  END IF;
  IF p_staged > 0 THEN
    UPDATE ${schema}.transcripts t SET staged_by = NULL
      WHERE t.namespace = p_namespace AND t.transcript = p_staged AND t.id = p_id AND t.staged_by IS NOT NULL;
    -- A failover, or a crash without synchronous_commit, may have lost a part of it.
    IF NOT FOUND OR p_first - 1 <> (
        SELECT count(*) FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = p_staged) THEN
      RAISE EXCEPTION 'what was staged is not there any more' USING ERRCODE = 'AS002';
    END IF;
  END IF;
  IF p_facets IS NOT NULL THEN
    DELETE FROM ${schema}.facets f WHERE f.namespace = p_namespace AND f.id = p_id;
    INSERT INTO ${schema}.facets (namespace, facet, id) SELECT p_namespace, facet, p_id FROM unnest(p_facets) facet;
  END IF;
  IF p_state = '{}' THEN
    DELETE FROM ${schema}.states d WHERE d.namespace = p_namespace AND d.id = p_id;
  ELSIF p_state IS NOT NULL THEN
    INSERT INTO ${schema}.states AS d (namespace, id, state) VALUES (p_namespace, p_id, p_state)
      ON CONFLICT (namespace, id) DO UPDATE SET state = p_state;
  END IF;
  IF cardinality(p_times) = 1 THEN
    INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
      VALUES (p_namespace, v_transcript, p_first, p_times[1], p_messages[1]);
  ELSIF cardinality(p_times) > 1 THEN
    INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
      SELECT p_namespace, v_transcript, p_first - 1 + given.place, given.at, given.message
      FROM unnest(p_times, p_messages) WITH ORDINALITY AS given (at, message, place);
  END IF;
  IF p_operation IS NOT NULL THEN
    INSERT INTO ${schema}.operations (namespace, id, revision, operation, fingerprint)
      VALUES (p_namespace, p_id, p_revision, p_operation, p_fingerprint);
    DELETE FROM ${schema}.operations o WHERE o.namespace = p_namespace AND o.id = p_id AND o.revision <= (
      SELECT old.revision FROM ${schema}.operations old WHERE old.namespace = p_namespace AND old.id = p_id
      ORDER BY old.revision DESC OFFSET ${REMEMBERED_OPERATIONS} LIMIT 1);
  END IF;
  RETURN json_build_array('committed', v_version, v_transcript);
END $body$;`;
}

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
