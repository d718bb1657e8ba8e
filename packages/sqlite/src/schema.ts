/** "AgSe": marks a file as a database of agent sessions. */
export const APPLICATION_ID = 0x41675365;
/** A newer major is refused; a newer minor opens, and what it added is left alone. */
export const SCHEMA_MAJOR = 2;
export const SCHEMA_MINOR = 0;

/** Both numbers in one, for `user_version`. */
export function toUserVersion(major: number, minor: number): number {
  return major * 1000 + minor;
}

/** The table that shows that the others are ours; its one row holds the version. */
export const STORE_TABLE = "agent_sessions_store";
export const SEARCH_TABLE = "agent_sessions_search";
/** The trigrams of the index, each with the rows that hold it. */
export const TRIGRAM_TABLE = "agent_sessions_search_trigrams";

/**
 * A key of `agent_sessions_entries`: the transcript's number in the upper 32 bits, the position in the lower. One b-tree then holds
 * each transcript as one run in order of position, and an append touches its end only. Computed by SQLite, because it does not fit a
 * JavaScript number.
 */
export const ENTRY_PK = "((? << 32) | ?)";

/**
 * True for a session row whose JSON columns are not what they must be. The index over it is nearly always empty, and it makes
 * damaged rows known to every list at no cost. The query must repeat the text to be given the index.
 */
export const SESSION_IS_UNREADABLE = `CASE WHEN json_valid(labels) AND json_valid(metadata) AND json_valid(usage) AND json_valid(extra)
    THEN json_type(labels) <> 'array' OR json_type(metadata) <> 'object' OR json_type(usage) <> 'object' OR json_type(extra) <> 'object'
    ELSE 1 END`;
export const STATE_IS_UNREADABLE = "CASE WHEN json_valid(state) THEN json_type(state) <> 'object' ELSE 1 END";

/**
 * Version 1.
 *
 * - A session is a row; its transcript is a number that entries are filed under. Replacing a transcript of any length is then one
 *   update of that number, and the old entries are swept in small steps (`agent_sessions_leftovers`).
 * - `state` has a table of its own: an append must not rewrite a large document, and a list must not read over it.
 * - Entries are an ordinary rowid table: index b-trees move rows of more than about 1 kB to overflow pages.
 * - Labels and metadata are kept as JSON in the session row, which is what is read, and as facets, which is what is searched;
 *   a metadata value is its JSON text there, so that 1, "1" and true differ.
 * - Facets, operations and states follow their session by foreign key; entries cannot (their key is composed) and need not.
 * - Every text that the index orders by is compared bytewise (BINARY), which is code point order.
 */
export const SCHEMA_V1: string = `
CREATE TABLE agent_sessions_sessions (
  pk INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  transcript INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  revision INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  title TEXT NOT NULL,
  title_folded TEXT NOT NULL,
  preview TEXT NOT NULL,
  preview_seq INTEGER NOT NULL,
  pinned INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  parent_id TEXT,
  parent_message_count INTEGER,
  usage TEXT NOT NULL,
  labels TEXT NOT NULL,
  metadata TEXT NOT NULL,
  extra TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE UNIQUE INDEX agent_sessions_sessions_by_id ON agent_sessions_sessions (namespace, id);
CREATE UNIQUE INDEX agent_sessions_sessions_by_transcript ON agent_sessions_sessions (transcript);
CREATE INDEX agent_sessions_sessions_by_updated ON agent_sessions_sessions (namespace, updated_at DESC, id);
CREATE INDEX agent_sessions_sessions_by_created ON agent_sessions_sessions (namespace, created_at DESC, id);
CREATE INDEX agent_sessions_sessions_by_title ON agent_sessions_sessions (namespace, title, id);
CREATE INDEX agent_sessions_sessions_pinned ON agent_sessions_sessions (namespace, updated_at DESC, id) WHERE pinned = 1;
CREATE INDEX agent_sessions_sessions_by_parent ON agent_sessions_sessions (namespace, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX agent_sessions_sessions_unreadable ON agent_sessions_sessions (namespace, id) WHERE ${SESSION_IS_UNREADABLE};

CREATE TABLE agent_sessions_states (
  session_pk INTEGER PRIMARY KEY REFERENCES agent_sessions_sessions (pk) ON DELETE CASCADE,
  state TEXT NOT NULL
) STRICT;
CREATE INDEX agent_sessions_states_unreadable ON agent_sessions_states (session_pk) WHERE ${STATE_IS_UNREADABLE};

CREATE TABLE agent_sessions_entries (
  pk INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE agent_sessions_facets (
  namespace TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  session_pk INTEGER NOT NULL REFERENCES agent_sessions_sessions (pk) ON DELETE CASCADE,
  PRIMARY KEY (namespace, kind, key, value, session_pk)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_sessions_facets_by_session ON agent_sessions_facets (session_pk);

CREATE TABLE agent_sessions_operations (
  session_pk INTEGER NOT NULL REFERENCES agent_sessions_sessions (pk) ON DELETE CASCADE,
  revision INTEGER NOT NULL,
  id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (session_pk, revision)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX agent_sessions_operations_by_id ON agent_sessions_operations (session_pk, id);

CREATE TABLE agent_sessions_locks (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_sessions_leftovers (
  transcript INTEGER PRIMARY KEY,
  staged_by TEXT
) STRICT;

CREATE TABLE agent_sessions_set_aside (
  pk INTEGER PRIMARY KEY,
  set_aside_at TEXT NOT NULL,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  part TEXT NOT NULL,
  seq INTEGER,
  at TEXT,
  content TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE ${STORE_TABLE} (
  pk INTEGER PRIMARY KEY CHECK (pk = 1),
  major INTEGER NOT NULL,
  minor INTEGER NOT NULL,
  has_search INTEGER NOT NULL,
  next_transcript INTEGER NOT NULL
) STRICT;
`;

/**
 * The search index: the trigrams of folded texts, without a copy of the texts (they are looked at again in the entries) and without
 * positions (`detail=none`: less than half the size and three quarters of the time of an index with them). So it finds what holds
 * all trigrams of a word, and core confirms. Position 0 of a transcript is the session's title.
 */
const SEARCH_INDEX_V1 = `
CREATE VIRTUAL TABLE ${SEARCH_TABLE} USING fts5 (
  text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
INSERT INTO ${SEARCH_TABLE} (${SEARCH_TABLE}, rank) VALUES ('automerge', 0), ('usermerge', 16), ('crisismerge', 512);
`;
/**
 * Its rows are numbered densely, by blocks of 32 positions, because it stores distances from row to row: numbered like the entries it
 * took twice the space. A block is a part of a transcript; the tables are kept in the same transactions.
 *
 * The index is a heap of sorted runs that have to be merged. By itself it does so within the writes, 64 pages and more at a time, and
 * after many deletes for seconds in one COMMIT; here that is done in small steps in the background (`mergeTexts`), 16 runs into one.
 * `crisismerge` is how many runs of one size may wait for it; a bulk insert makes one for each megabyte.
 */
export const SEARCH_V1: string = `
CREATE TABLE agent_sessions_search_blocks (
  block INTEGER PRIMARY KEY,
  transcript INTEGER NOT NULL,
  part INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX agent_sessions_search_blocks_by_transcript ON agent_sessions_search_blocks (transcript, part);
${SEARCH_INDEX_V1}`;

/**
 * Version 2: words of one and two characters are found by the trigrams that begin with them, for which every text in the index has an
 * ending (`search-text.ts`). Not a minor: a program of version 1 would file texts without one, and nothing would tell.
 *
 * An index without endings is made anew, in small steps (`renewIndex`), because that takes a minute for some 300,000 messages.
 * `search_rows_due`: its rows up to this number may still be missing; 0: none is.
 */
export const SCHEMA_V2: string = `
ALTER TABLE ${STORE_TABLE} ADD COLUMN search_rows_due INTEGER NOT NULL DEFAULT 0;
UPDATE ${STORE_TABLE} SET major = 2, minor = 0;
`;
export const TRIGRAMS_V2: string = `CREATE VIRTUAL TABLE ${TRIGRAM_TABLE} USING fts5vocab (${SEARCH_TABLE}, instance)`;
/**
 * Empties the index. The blocks stay: they say what is to be filed, and under which numbers. To be run after `TRIGRAMS_V2`, in an empty
 * database too: where a virtual table is the first that SQLite has in mind, its `quick_check` finds no unused page.
 */
export const RENEW_SEARCH_V2: string = `
DROP TABLE ${SEARCH_TABLE};
${SEARCH_INDEX_V1}
UPDATE ${STORE_TABLE} SET search_rows_due = (SELECT ifnull(max(block) * 32 + 31, 0) FROM agent_sessions_search_blocks);
`;
