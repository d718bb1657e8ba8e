import type { OpenDatabase } from "./database-handle.js";
import { insertText, TITLE_SEQ } from "./search-rows.js";
import { searchTextOfJson, searchTextOfTitle } from "./search-text.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlRow, SqlValue } from "./sql-database.js";
import { isDamage } from "./sqlite-error.js";
import type { Steps } from "./steps.js";

/** How many keys are asked for at once; where that fails, each is asked for alone. */
const WINDOW = 64;
const MAX_SEQ = 4294967295;

/** The columns of a session, with what takes the place of one that can no longer be known. */
const COLUMNS = {
  pk: 0,
  namespace: "",
  id: "",
  transcript: 0,
  epoch: "salvaged",
  revision: 1,
  message_count: 0,
  created_at: "1970-01-01T00:00:00.000Z",
  updated_at: "1970-01-01T00:00:00.000Z",
  title: "",
  title_folded: "",
  preview: "",
  preview_seq: 0,
  pinned: 0,
  archived: 0,
  parent_id: null,
  parent_message_count: null,
  usage: '{"inputTokens":0,"outputTokens":0}',
  labels: "[]",
  metadata: "{}",
  extra: "{}",
} as const;
type SessionValues = Record<keyof typeof COLUMNS, SqlValue>;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const LIST = NAMES.join(", ");

/** What is known of a session from the indexes alone: each repeats some columns of the row. */
const INDEXES = [
  ["agent_sessions_sessions_by_id", "namespace, id", "namespace, id"],
  ["agent_sessions_sessions_by_transcript", "transcript", "transcript"],
  ["agent_sessions_sessions_by_updated", "namespace, updated_at, id", "namespace, updated_at DESC, id"],
  ["agent_sessions_sessions_by_created", "namespace, created_at, id", "namespace, created_at DESC, id"],
  ["agent_sessions_sessions_by_title", "namespace, title, id", "namespace, title, id"],
] as const;

export interface Salvaged {
  readonly sessions: number;
  readonly messages: number;
  /** What could not be read, one line each. */
  readonly losses: readonly Loss[];
}

export interface Loss {
  readonly namespace: string;
  readonly id: string | null;
  readonly what: string;
}

/**
 * Copies every row that can still be read from a damaged database to a new one, with a new search index: key by key around the pages
 * that cannot be read, and a session whose own row is gone by what the indexes say of it.
 */
export function* salvageRows(from: SqlConnection, to: OpenDatabase): Steps<Salvaged> {
  const losses: Loss[] = [];
  const sessions = yield* findSessions(from, losses);
  let messages = 0;
  let newest = 0;
  for (const session of sessions) {
    messages += yield* copySession(from, to, session, losses);
    newest = Math.max(newest, Number(session.transcript));
  }
  for (const row of endsOf(
    from,
    "SELECT * FROM agent_sessions_set_aside ORDER BY pk",
    "SELECT * FROM agent_sessions_set_aside ORDER BY pk DESC",
  )) {
    to.sql.run(
      `INSERT OR IGNORE INTO agent_sessions_set_aside VALUES (${row.map(() => "?").join()})`,
      ...row,
    );
  }
  to.sql.run("UPDATE agent_sessions_store SET next_transcript = max(next_transcript, ?)", newest + 1);
  return { sessions: sessions.length, messages, losses };
}

function* findSessions(from: SqlConnection, losses: Loss[]): Steps<readonly SessionValues[]> {
  const known = fromIndexes(from);
  yield;
  const scanned = endsOf(
    from,
    "SELECT pk FROM agent_sessions_sessions NOT INDEXED ORDER BY pk",
    "SELECT pk FROM agent_sessions_sessions NOT INDEXED ORDER BY pk DESC",
  );
  const pks = [...new Set([...known.keys(), ...scanned.map(([pk]) => Number(pk))])].sort((a, b) => a - b);
  const found: SessionValues[] = [];
  for (const pk of pks) {
    const row = tryRead(() =>
      from.row(`SELECT ${LIST} FROM agent_sessions_sessions NOT INDEXED WHERE pk = ?`, pk),
    );
    const values =
      row === undefined
        ? rebuilt(pk, known.get(pk))
        : (Object.fromEntries(NAMES.map((name, at) => [name, row[at]])) as SessionValues);
    if (values !== null) found.push(values);
    if (row === undefined) {
      const [namespace, id] = values === null ? ["", null] : [String(values.namespace), String(values.id)];
      const what = id === null ? `a session, row ${pk}` : "its head, but for what the indexes repeat of it";
      losses.push({ namespace, id, what });
    }
    yield;
  }
  return found;
}

/** What the indexes repeat of each session, by key. */
function fromIndexes(from: SqlConnection): ReadonlyMap<number, Partial<SessionValues>> {
  const known = new Map<number, Partial<SessionValues>>();
  for (const [index, columns, order] of INDEXES) {
    const names = columns.split(", ");
    const backward = order
      .split(", ")
      .map((column) => (column.endsWith(" DESC") ? column.slice(0, -5) : `${column} DESC`));
    const select = `SELECT pk, ${columns} FROM agent_sessions_sessions INDEXED BY ${index} ORDER BY `;
    for (const [pk, ...values] of endsOf(from, select + order, select + backward.join(", "))) {
      const row = Object.fromEntries(names.map((name, at) => [name, values[at]]));
      known.set(Number(pk), { ...known.get(Number(pk)), ...row });
    }
  }
  return known;
}

/** A session whose row is gone; null when not even its id and its transcript are known. */
function rebuilt(pk: number, known: Partial<SessionValues> | undefined): SessionValues | null {
  if (known?.id === undefined || known.namespace === undefined || known.transcript === undefined) return null;
  return { ...COLUMNS, ...known, pk };
}

function* copySession(
  from: SqlConnection,
  to: OpenDatabase,
  session: SessionValues,
  losses: Loss[],
): Steps<number> {
  const { sql } = to;
  const { pk, transcript, namespace, id, title } = session;
  sql.run(
    `INSERT INTO agent_sessions_sessions (${LIST}) VALUES (${NAMES.map(() => "?").join()})`,
    ...NAMES.map((name) => session[name]),
  );
  copyAll(from, sql, "states", "session_pk", pk);
  copyAll(from, sql, "facets", "session_pk", pk);
  copyAll(from, sql, "operations", "session_pk", pk);
  if (to.hasSearch && title !== "")
    insertText(sql, Number(transcript), TITLE_SEQ, searchTextOfTitle(String(title)));
  yield;
  let copied = 0;
  const count = Number(session.message_count);
  const lost: number[] = [];
  for (let next = 1; ; ) {
    const window = readWindow(from, Number(transcript), next);
    for (const row of window.rows) {
      const [seq, , message] = row;
      sql.run(
        "INSERT INTO agent_sessions_entries (pk, at, message) VALUES ((? << 32) | ?, ?, ?)",
        transcript,
        ...row,
      );
      if (to.hasSearch) insertText(sql, Number(transcript), Number(seq), searchTextOfJson(String(message)));
      copied++;
      yield;
    }
    lost.push(...window.lost.filter((seq) => seq <= count));
    const last = Number(window.rows.at(-1)?.[0] ?? 0);
    if (window.lost.length > 0) next += WINDOW;
    else if (window.rows.length < WINDOW) break;
    else next = last + 1;
    // Where nothing tells how many there were, a window without a single one is taken for the end.
    if (window.rows.length === 0 && next > count) break;
  }
  if (lost.length > 0)
    losses.push({ namespace: String(namespace), id: String(id), what: `the messages ${ranges(lost)}` });
  return copied;
}

/** Entries from a position on; where a page is damaged, those of the next positions that can be read one by one. */
function readWindow(
  from: SqlConnection,
  transcript: number,
  first: number,
): { readonly rows: readonly SqlRow[]; readonly lost: readonly number[] } {
  const select = `SELECT pk & ${MAX_SEQ}, at, message FROM agent_sessions_entries`;
  const window = tryRead(() =>
    from.rows(
      `${select} WHERE pk BETWEEN ((? << 32) | ?) AND ((? << 32) | ${MAX_SEQ}) ORDER BY pk LIMIT ${WINDOW}`,
      transcript,
      first,
      transcript,
    ),
  );
  if (window !== undefined) return { rows: window, lost: [] };
  const rows: SqlRow[] = [];
  const lost: number[] = [];
  for (let seq = first; seq < first + WINDOW; seq++) {
    const row = tryRead(() => from.row(`${select} WHERE pk = ((? << 32) | ?)`, transcript, seq));
    if (row === undefined) lost.push(seq);
    else rows.push(row);
  }
  return { rows, lost };
}

/** The rows of a table that hang on a session, as far as they can be read: what is derived is made anew, the rest is lost. */
function copyAll(from: SqlConnection, to: SqlConnection, table: string, column: string, pk: SqlValue): void {
  const rows =
    tryRead(() => from.rows(`SELECT * FROM agent_sessions_${table} WHERE ${column} = ?`, pk)) ?? [];
  for (const row of rows) {
    to.run(`INSERT OR IGNORE INTO agent_sessions_${table} VALUES (${row.map(() => "?").join()})`, ...row);
  }
}

/** The rows of a query up to the first page that cannot be read, and those of its opposite up to there. */
function endsOf(from: SqlConnection, forward: string, backward: string): readonly SqlRow[] {
  const rows: SqlRow[] = [];
  if (tryRead(() => readInto(rows, from, forward)) === undefined)
    tryRead(() => readInto(rows, from, backward));
  return rows;
}

function readInto(rows: SqlRow[], from: SqlConnection, select: string): true {
  for (const row of from.scan(select)) rows.push(row);
  return true;
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/** `1-3, 7`. */
function ranges(seqs: readonly number[]): string {
  const parts: string[] = [];
  for (let start = 0; start < seqs.length; ) {
    let end = start;
    while (seqs[end + 1] === (seqs[end] ?? 0) + 1) end++;
    parts.push(start === end ? `${seqs[start]}` : `${seqs[start]}-${seqs[end]}`);
    start = end + 1;
  }
  return parts.join(", ");
}
