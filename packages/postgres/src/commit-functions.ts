import { beginning, FLUSHING, fromSession, HOLDER, MAY_WRITE, WAITING } from "./function-parts.js";
import { nextTranscript } from "./sql-text.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** How many operations a session remembers at least; the contract asks for 100. */
export const REMEMBERED_OPERATIONS = 128;

/** What both functions are told first. */
const DECISION: readonly string[] = [
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
  "p_keep bigint",
  "p_times bigint[]",
  "p_messages text[]",
  "p_revision bigint",
  "p_updated_at bigint",
];

/** The parameters of `commit_session_entries`, in order. */
export const ENTRIES_PARAMETERS: readonly string[] = [
  ...DECISION,
  // Null for each of these: unchanged.
  "p_epoch text",
  "p_usage text",
];

/** The parameters of `commit_session`, in order. */
export const COMMIT_PARAMETERS: readonly string[] = [
  ...DECISION,
  "p_epoch text",
  "p_usage text",
  // A transcript that was staged, to take the place of the present one, with the operations forgotten; 0: what is given is all of it.
  "p_staged bigint",
  // The position of the first entry that is given.
  "p_first bigint",
  "p_message_count bigint",
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

/** SQL: the answer that the session is not what was decided on, with the session as it is. */
function selectOvertaken(schema: string): string {
  return `SELECT json_build_array('overtaken', v_known, ${HEAD_COLUMNS}, d.state)::text
    ${fromSession(schema)}`;
}

/** SQL: whether somebody has removed what this commit made when it was sent before. */
function wasRemoved(schema: string): string {
  return `EXISTS (SELECT FROM ${schema}.removals r WHERE r.namespace = p_namespace AND r.created_by = p_commit_id)`;
}

/** What `admission` declares. */
const ADMITTED = `${WAITING};
  present record;
  v_known text;
  v_version text`;

/**
 * Takes the session's row, and goes on with it only when the commit is to be applied: else the function returns.
 *
 * @param foundMade what more shows that the commit took place when it was sent before
 */
function admission(schema: string, foundMade: string = ""): string {
  return `${beginning(schema)}
  ${FLUSHING}
  SELECT s.transcript, s.revision, s.epoch, s.commit_id, s.created_by, s.message_count, s.xmin::text || '.' || s.commit_id::text AS version
    INTO present FROM ${schema}.sessions s WHERE s.namespace = p_namespace AND s.id = p_id FOR UPDATE;
  IF present.commit_id = p_commit_id THEN
    -- Whoever holds the lock by now: it took place before.
    RETURN json_build_array('committed', present.version, present.transcript);
  END IF;${foundMade}
  IF NOT (${MAY_WRITE}) THEN
    RETURN json_build_array('locked', present.revision, present.epoch);
  END IF;
  IF p_operation IS NOT NULL THEN
    SELECT o.fingerprint INTO v_known FROM ${schema}.operations o
      WHERE o.namespace = p_namespace AND o.id = p_id AND o.operation = p_operation;
  END IF;
  IF present.version IS DISTINCT FROM p_expected OR v_known IS NOT NULL THEN
    RETURN (${selectOvertaken(schema)});
  END IF;`;
}

/** Files the given entries, and the operation. */
function filing(schema: string, transcript: string, first: string): string {
  return `IF cardinality(p_times) = 1 THEN
    INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
      VALUES (p_namespace, ${transcript}, ${first}, p_times[1], p_messages[1]);
  ELSIF cardinality(p_times) > 1 THEN
    INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
      SELECT p_namespace, ${transcript}, ${first} - 1 + given.place, given.at, given.message
      FROM unnest(p_times, p_messages) WITH ORDINALITY AS given (at, message, place);
  END IF;
  IF p_operation IS NOT NULL THEN
    INSERT INTO ${schema}.operations (namespace, id, revision, operation, fingerprint)
      VALUES (p_namespace, p_id, p_revision, p_operation, p_fingerprint);
    DELETE FROM ${schema}.operations o WHERE o.namespace = p_namespace AND o.id = p_id AND o.revision <= (
      SELECT old.revision FROM ${schema}.operations old WHERE old.namespace = p_namespace AND old.id = p_id
      ORDER BY old.revision DESC OFFSET ${REMEMBERED_OPERATIONS} LIMIT 1);
  END IF;`;
}

/** SQL: drops the entries behind the first `p_keep`. */
function truncation(schema: string): string {
  return `DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = present.transcript AND e.seq > p_keep`;
}

const VERSION = "s.xmin::text || '.' || s.commit_id::text";

/** SQL: the answer that the commit was applied. Put together by hand: a version and a number need no escaping. */
function committed(transcript: string): string {
  return `'["committed","' || v_version || '",' || ${transcript} || ']'`;
}

/**
 * Two functions that apply a commit if the session is what it was decided on, in one statement; else they answer with the session as it is.
 * The answer is one text, a JSON array: rows of many columns take both sides longer to describe than to fill.
 *
 * `commit_session_entries` applies those of which only entries and what counts them change, as nearly all do: half as many parameters,
 * each of which costs both sides.
 */
export function commitFunctions(schema: string): string {
  return `${commitEntriesFunction(schema)}
${commitFunction(schema)}`;
}

function commitEntriesFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.commit_session_entries(${ENTRIES_PARAMETERS.join(", ")}) RETURNS text
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
DECLARE
  ${ADMITTED};
BEGIN
  ${admission(schema)}
  IF p_keep < present.message_count THEN
    ${truncation(schema)};
  END IF;
  UPDATE ${schema}.sessions s SET commit_id = p_commit_id, revision = p_revision, message_count = p_keep + cardinality(p_times),
      updated_at = p_updated_at, epoch = coalesce(p_epoch, s.epoch), usage = coalesce(p_usage, s.usage)
    WHERE s.namespace = p_namespace AND s.id = p_id RETURNING ${VERSION} INTO v_version;
  ${filing(schema, "present.transcript", "p_keep + 1")}
  RETURN ${committed("present.transcript")};
END $body$;`;
}

function commitFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.commit_session(${COMMIT_PARAMETERS.join(", ")}) RETURNS text
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
DECLARE
  ${ADMITTED};
  v_transcript bigint := nullif(p_staged, 0);
BEGIN
  ${admission(schema, foundMade(schema))}
  IF p_expected IS NULL THEN
    ${creation(schema)}
  ELSE
    ${change(schema)}
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
  ${filing(schema, "v_transcript", "p_first")}
  RETURN ${committed("v_transcript")};
END $body$;`;
}

function foundMade(schema: string): string {
  return `
  IF p_expected IS NULL AND (present.created_by = p_commit_id OR present.created_by IS NOT NULL AND ${wasRemoved(schema)}) THEN
    -- And others have written since, or have removed the session and made it anew.
    RETURN '["committed",null,0]';
  END IF;`;
}

function creation(schema: string): string {
  return `v_transcript := coalesce(v_transcript, ${nextTranscript(schema)});
    INSERT INTO ${schema}.sessions AS s (transcript, commit_id, created_by, revision, message_count, created_at, updated_at, preview_seq,
        parent_message_count, pinned, archived, namespace, id, epoch, title, title_folded, preview, parent_id, usage, labels, metadata, extra)
      VALUES (v_transcript, p_commit_id, p_commit_id, p_revision, p_message_count, p_created_at, p_updated_at, p_preview_seq,
        p_parent_message_count, p_pinned, p_archived, p_namespace, p_id, p_epoch, p_title, p_title_folded, p_preview, p_parent_id,
        p_usage, p_labels, p_metadata, p_extra)
      ON CONFLICT DO NOTHING RETURNING ${VERSION} INTO v_version;
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
    END IF;`;
}

function change(schema: string): string {
  return `IF v_transcript IS NOT NULL THEN
      DELETE FROM ${schema}.transcripts t WHERE t.namespace = p_namespace AND t.transcript = present.transcript;
      DELETE FROM ${schema}.entries e WHERE e.namespace = p_namespace AND e.transcript = present.transcript;
    ELSIF p_keep < present.message_count THEN
      ${truncation(schema)};
    END IF;
    v_transcript := coalesce(v_transcript, present.transcript);
    IF p_staged IS NOT NULL THEN
      DELETE FROM ${schema}.operations o WHERE o.namespace = p_namespace AND o.id = p_id;
    END IF;
    UPDATE ${schema}.sessions s SET transcript = v_transcript, commit_id = p_commit_id, epoch = p_epoch, revision = p_revision,
        message_count = p_message_count, updated_at = p_updated_at, usage = p_usage, created_at = p_created_at, title = p_title,
        title_folded = p_title_folded, preview = p_preview, preview_seq = p_preview_seq, labels = p_labels, metadata = p_metadata,
        pinned = p_pinned, archived = p_archived, parent_id = p_parent_id, parent_message_count = p_parent_message_count,
        extra = p_extra
      WHERE s.namespace = p_namespace AND s.id = p_id RETURNING ${VERSION} INTO v_version;`;
}
