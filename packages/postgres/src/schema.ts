import { commitFunctions } from "./commit-functions.js";
import { SCHEMA_MAJOR, SCHEMA_MINOR, STORE_TABLE } from "./schema-version.js";
import { quoteName } from "./sql-text.js";
import { lockFunctions, removeFunction } from "./write-functions.js";

/** The longest piece of a title that the index orders by, in characters: an index row holds about 2,700 bytes. */
export const INDEXED_TITLE = 128;

/**
 * The text of a message that search looks through: its JSON in lower case, as far as that is ASCII, the same on every server
 * whatever its locale. `translate` does what folding in core does beyond that: the only four characters outside ASCII of which folding
 * makes one inside.
 */
export function searchedText(message: string): string {
  return `translate(lower(${message} COLLATE "C"), E'\\u0130\\u212A\\u037E\\u1FEF', 'ik;\`')`;
}

/**
 * True of a session's row whose JSON columns are not what they must be. The query must repeat the text to be given the index.
 *
 * @param prefix of its columns: `s.`, or nothing where there is but one table
 */
export function isUnreadable(schema: string, prefix: "s." | ""): string {
  const columns = ["metadata", "usage", "extra"].map(
    (column) => `${schema}.is_json(${prefix}${column}, 'object')`,
  );
  return `NOT (${schema}.is_json(${prefix}labels, 'array') AND ${columns.join(" AND ")})`;
}

export function stateIsUnreadable(schema: string, column: string): string {
  return `NOT ${schema}.is_json(${column}, 'object')`;
}

/**
 * Version 1. Every key begins with the namespace, so that each table can be partitioned or sharded by it.
 *
 * - A session is a row; its transcript is a number that entries are filed under, so that what is staged is published by one update.
 *   `transcripts` tells whose it is, or which writer is still filling it.
 * - Messages, state and whatever else is free JSON are kept as text: `jsonb` refuses `\u0000` and forgets the order of fields.
 * - `commit_id` is made anew by each commit, and `created_by` is that of the first. They tell a writer whose connection broke whether its
 *   commit took place; `removals` tells who removed a session, for as long as a call may be sent again.
 * - Times are milliseconds since 1970. Text is compared bytewise ("C"), which is code point order.
 *
 * @param schema quoted
 * @param serverVersion for example 180004
 */
export function schemaV1(schema: string, serverVersion: number): string {
  return `
CREATE SEQUENCE ${schema}.transcript_numbers;
CREATE TABLE ${schema}.sessions (
  transcript bigint NOT NULL,
  commit_id bigint NOT NULL,
  created_by bigint NOT NULL,
  revision bigint NOT NULL,
  message_count bigint NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  preview_seq bigint NOT NULL,
  parent_message_count bigint,
  pinned boolean NOT NULL,
  archived boolean NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  epoch text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  title_folded text COLLATE "C" NOT NULL,
  preview text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C",
  usage text COLLATE "C" NOT NULL,
  labels text COLLATE "C" NOT NULL,
  metadata text COLLATE "C" NOT NULL,
  extra text COLLATE "C" NOT NULL DEFAULT '{}',
  PRIMARY KEY (namespace, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE TABLE ${schema}.transcripts (
  transcript bigint NOT NULL,
  staged_by bigint,
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, transcript)
);
CREATE TABLE ${schema}.entries (
  transcript bigint NOT NULL,
  seq bigint NOT NULL,
  at bigint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  message text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, transcript, seq)
);
CREATE TABLE ${schema}.states (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, id)
);
CREATE TABLE ${schema}.facets (
  namespace text COLLATE "C" NOT NULL,
  facet text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, facet, id)
);
CREATE TABLE ${schema}.operations (
  revision bigint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  operation text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, id, revision)
);
CREATE TABLE ${schema}.removals (
  removal bigint NOT NULL,
  created_by bigint NOT NULL,
  removed_at bigint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, removal)
);
CREATE TABLE ${schema}.set_aside (
  pk bigint GENERATED ALWAYS AS IDENTITY,
  set_aside_at timestamptz NOT NULL DEFAULT now(),
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  part text NOT NULL,
  seq bigint,
  at bigint,
  content text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (namespace, pk)
);
CREATE TABLE ${schema}.${STORE_TABLE} (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  major integer NOT NULL,
  minor integer NOT NULL
);
${isJsonFunction(schema, serverVersion)}
CREATE INDEX sessions_by_updated ON ${schema}.sessions (namespace, updated_at DESC, id);
CREATE INDEX sessions_by_created ON ${schema}.sessions (namespace, created_at DESC, id);
CREATE INDEX sessions_by_title ON ${schema}.sessions (namespace, left(title, ${INDEXED_TITLE}));
CREATE INDEX sessions_pinned ON ${schema}.sessions (namespace, updated_at DESC, id) WHERE pinned;
CREATE INDEX sessions_by_parent ON ${schema}.sessions (namespace, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX sessions_unreadable ON ${schema}.sessions (namespace, id) WHERE ${isUnreadable(schema, "")};
CREATE INDEX transcripts_staged ON ${schema}.transcripts (namespace, transcript) WHERE staged_by IS NOT NULL;
CREATE INDEX states_unreadable ON ${schema}.states (namespace, id) WHERE ${stateIsUnreadable(schema, "state")};
CREATE INDEX removals_by_creation ON ${schema}.removals (namespace, created_by);
CREATE INDEX removals_by_time ON ${schema}.removals (namespace, removed_at);
CREATE INDEX facets_by_session ON ${schema}.facets (namespace, id);
${lockFunctions(schema)}
${commitFunctions(schema)}
${removeFunction(schema)}
INSERT INTO ${schema}.${STORE_TABLE} (major, minor) VALUES (${SCHEMA_MAJOR}, ${SCHEMA_MINOR});
`;
}

/** Messages of more bytes of JSON are not indexed, because that would take longer than writing them; they are few, and looked through. */
export const MAX_INDEXED_BYTES: number = 64 * 1024;

/** @param trigramSchema where the extension `pg_trgm` has its names */
export function searchIndex(schema: string, trigramSchema: string): string {
  return `
CREATE INDEX entries_search ON ${schema}.entries USING gin ((${searchedText("message")}) ${quoteName(trigramSchema)}.gin_trgm_ops)
  WHERE octet_length(message) <= ${MAX_INDEXED_BYTES};
CREATE INDEX entries_long ON ${schema}.entries (namespace, transcript, seq) WHERE octet_length(message) > ${MAX_INDEXED_BYTES};`;
}

/** `is_json(text, 'object' | 'array')`: immutable, so that an index can hold what is damaged and nothing else. */
function isJsonFunction(schema: string, serverVersion: number): string {
  const signature = `${schema}.is_json(content text, kind text) RETURNS boolean IMMUTABLE STRICT PARALLEL SAFE`;
  if (serverVersion >= 160_000) {
    return `CREATE FUNCTION ${signature} LANGUAGE sql AS $body$
  SELECT CASE kind WHEN 'object' THEN content IS JSON OBJECT ELSE content IS JSON ARRAY END $body$;`;
  }
  return `CREATE FUNCTION ${signature} LANGUAGE plpgsql AS $body$
BEGIN
  RETURN json_typeof(content::json) = kind;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
  RETURN false;
END $body$;`;
}
