import { SCHEMA_MAJOR, STORE_TABLE } from "./schema-version.js";

/** How many operations a session remembers at least; the contract asks for 100. */
const REMEMBERED_OPERATIONS = 128;

/** What the functions answer: how it went, and the session as it is. */
const ANSWER = `RETURNS TABLE (
  outcome text, fingerprint text, version text, transcript bigint, commit_id text, revision bigint, message_count bigint,
  created_at bigint, updated_at bigint, preview_seq bigint, parent_message_count bigint, pinned boolean, archived boolean,
  namespace text, id text, epoch text, title text, preview text, parent_id text, usage text, labels text, metadata text, extra text, state text
) LANGUAGE plpgsql`;

/** The columns of a session behind `outcome`, in the order of `ANSWER`. A version is a row as it was written, by whomever. */
export const HEAD_COLUMNS = `s.xmin::text || '.' || s.commit_id::text, s.transcript, s.commit_id::text, s.revision, s.message_count,
  s.created_at, s.updated_at, s.preview_seq, s.parent_message_count, s.pinned, s.archived,
  s.namespace, s.id, s.epoch, s.title, s.preview, s.parent_id, s.usage, s.labels, s.metadata, s.extra`;

/** @param outcome SQL. With every field of the session null when there is none. */
function selectAnswer(schema: string, outcome: string, fingerprint: string): string {
  return `SELECT ${outcome}, ${fingerprint}, ${HEAD_COLUMNS}, d.state
    FROM (SELECT) AS one LEFT JOIN (${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id)
      ON s.namespace = p_namespace AND s.id = p_id`;
}

/** Settings of the transaction: how long it waits for others, and whether its commit is on disk when it is acknowledged. */
function beginning(schema: string): string {
  return `IF (SELECT o.major FROM ${schema}.${STORE_TABLE} o) <> ${SCHEMA_MAJOR} THEN
    RAISE EXCEPTION 'the store is of another major version' USING ERRCODE = 'AS001';
  END IF;
  PERFORM set_config('lock_timeout', p_wait_ms::text, true);`;
}

/**
 * All writers take the session's row first, which makes them queue fairly, and only then look whether somebody holds the session's
 * advisory lock. Nothing waits for an advisory lock, so there can be no deadlock.
 */
export function lockFunctions(schema: string): string {
  return `
CREATE FUNCTION ${schema}.lock_session(p_namespace text, p_id text, p_operation text, p_lock bigint, p_holds boolean, p_wait_ms integer)
${ANSWER} AS $$
#variable_conflict use_column
BEGIN
  ${beginning(schema)}
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT p_holds AND NOT pg_try_advisory_xact_lock(p_lock) THEN
    outcome := 'locked';
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY ${selectAnswer(
    schema,
    "'ours'",
    `(SELECT o.fingerprint FROM ${schema}.operations o
      WHERE o.namespace = p_namespace AND o.id = p_id AND o.operation = p_operation)`,
  )};
END $$;
CREATE FUNCTION ${schema}.hold_lock(p_namespace text, p_id text, p_lock bigint, p_wait_ms integer) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  ${beginning(schema)}
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'missing';
  END IF;
  RETURN CASE WHEN pg_try_advisory_lock(p_lock) THEN 'ours' ELSE 'locked' END;
END $$;`;
}

function nextTranscript(schema: string): string {
  return `nextval('${schema.replaceAll("'", "''")}.transcript_numbers')`;
}

/** The parameters of `commit_session`, in order. */
const COMMIT_PARAMETERS = [
  "p_namespace text",
  "p_id text",
  // The version that was decided on; null: there was no session.
  "p_expected text",
  "p_lock bigint",
  // The caller holds the session's lock.
  "p_holds boolean",
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
] as const;

/** Applies a commit if the session is what it was decided on, in one statement; else answers with the session as it is. */
export function commitFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.commit_session(${COMMIT_PARAMETERS.join(", ")})
${ANSWER} AS $$
#variable_conflict use_column
DECLARE
  present record;
  v_transcript bigint := nullif(p_staged, 0);
  v_known text;
BEGIN
  ${beginning(schema)}
  IF NOT p_durable THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  ELSIF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM 1 FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  SELECT s.transcript, s.revision, s.commit_id, s.message_count, s.xmin::text || '.' || s.commit_id::text AS version INTO present
    FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id;
  IF present.commit_id = p_commit_id THEN
    -- Whoever holds the lock by now: it took place before.
    RETURN QUERY ${selectAnswer(schema, "'committed'", "NULL::text")};
    RETURN;
  END IF;
  IF NOT p_holds AND NOT pg_try_advisory_xact_lock_shared(p_lock) THEN
    outcome := 'locked';
    revision := present.revision;
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_operation IS NOT NULL THEN
    SELECT o.fingerprint INTO v_known FROM ${schema}.operations o
      WHERE o.namespace = p_namespace AND o.id = p_id AND o.operation = p_operation;
  END IF;
  IF present.version IS DISTINCT FROM p_expected OR v_known IS NOT NULL THEN
    RETURN QUERY ${selectAnswer(schema, "'overtaken'", "v_known")};
    RETURN;
  END IF;
  IF p_expected IS NULL THEN
    v_transcript := coalesce(v_transcript, ${nextTranscript(schema)});
    INSERT INTO ${schema}.sessions (transcript, commit_id, revision, message_count, created_at, updated_at, preview_seq,
        parent_message_count, pinned, archived, namespace, id, epoch, title, title_folded, preview, parent_id, usage, labels, metadata, extra)
      VALUES (v_transcript, p_commit_id, p_revision, p_message_count, p_created_at, p_updated_at, p_preview_seq,
        p_parent_message_count, p_pinned, p_archived, p_namespace, p_id, p_epoch, p_title, p_title_folded, p_preview, p_parent_id,
        p_usage, p_labels, p_metadata, p_extra)
      ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      -- Somebody else was quicker, or this very commit when it was sent before, over a connection that broke.
      RETURN QUERY ${selectAnswer(schema, "CASE WHEN s.commit_id = p_commit_id THEN 'committed' ELSE 'overtaken' END", "NULL::text")};
      RETURN;
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
        WHERE s.namespace = p_namespace AND s.id = p_id;
    ELSE
      UPDATE ${schema}.sessions s SET transcript = v_transcript, commit_id = p_commit_id, epoch = p_epoch, revision = p_revision,
          message_count = p_message_count, updated_at = p_updated_at, usage = p_usage, created_at = p_created_at, title = p_title,
          title_folded = p_title_folded, preview = p_preview, preview_seq = p_preview_seq, labels = p_labels, metadata = p_metadata,
          pinned = p_pinned, archived = p_archived, parent_id = p_parent_id, parent_message_count = p_parent_message_count,
          extra = p_extra
        WHERE s.namespace = p_namespace AND s.id = p_id;
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
  INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
    SELECT p_namespace, v_transcript, p_first - 1 + given.place, given.at, given.message
    FROM unnest(p_times, p_messages) WITH ORDINALITY AS given (at, message, place);
  IF p_operation IS NOT NULL THEN
    INSERT INTO ${schema}.operations (namespace, id, revision, operation, fingerprint)
      VALUES (p_namespace, p_id, p_revision, p_operation, p_fingerprint);
    DELETE FROM ${schema}.operations o WHERE o.namespace = p_namespace AND o.id = p_id AND o.revision <= (
      SELECT old.revision FROM ${schema}.operations old WHERE old.namespace = p_namespace AND old.id = p_id
      ORDER BY old.revision DESC OFFSET ${REMEMBERED_OPERATIONS} LIMIT 1);
  END IF;
  outcome := 'committed';
  SELECT s.xmin::text || '.' || s.commit_id::text, s.transcript INTO version, transcript
    FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id;
  RETURN NEXT;
END $$;`;
}

/** Reads nothing but keys: a damaged session can be removed too. */
export function removeFunction(schema: string): string {
  const gone = ["states", "facets", "operations", "sessions"].map(
    (table) => `DELETE FROM ${schema}.${table} x WHERE x.namespace = p_namespace AND x.id = p_id`,
  );
  return `
CREATE FUNCTION ${schema}.remove_session(p_namespace text, p_id text, p_lock bigint, p_holds boolean, p_wait_ms integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_transcript bigint;
BEGIN
  ${beginning(schema)}
  SELECT s.transcript INTO v_transcript FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'missing';
  END IF;
  IF NOT p_holds AND NOT pg_try_advisory_xact_lock_shared(p_lock) THEN
    RETURN 'locked';
  END IF;
  DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = v_transcript;
  -- By its key, for which there is an index. What others are staging for this session stays.
  DELETE FROM ${schema}.transcripts t WHERE t.namespace = p_namespace AND t.transcript = v_transcript;
  ${gone.join(";\n  ")};
  RETURN 'removed';
END $$;`;
}
