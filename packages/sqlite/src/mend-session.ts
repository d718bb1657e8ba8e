import type { JsonObject, Metadata } from "@agent-sessions/core";
import { compareCodePoints, readColumn, type SessionKey } from "@agent-sessions/core/backend";
import { CHECKED_AT_ONCE, checkEntries, checkHead, isFiled, unreadableSeqs } from "./check-session.js";
import type { OpenDatabase } from "./database-handle.js";
import { findSession } from "./find-session.js";
import { dropTranscript, insertFacets } from "./session-rows.js";
import type { SqlConnection } from "./sql-connection.js";
import type { Steps } from "./steps.js";
import { indexMessage, indexTitle, newTranscript, unindexTranscript } from "./transcript-rows.js";

/** Keeps what is taken out of a session. */
export type SetAside = (item: {
  readonly key: SessionKey;
  /** A column, or "entry". */
  readonly part: string;
  readonly seq: number | null;
  readonly at: string | null;
  readonly content: string;
  readonly reason: string;
}) => void;

type Act = (action: string) => void;

const WHOLE = 4294967295;

/** Makes a session's row readable: what cannot be read is set aside and taken from the facets, or emptied. */
export function mendHead({ sql }: OpenDatabase, key: SessionKey, aside: SetAside, act: Act): void {
  const select = `SELECT s.pk, s.labels, s.metadata, s.usage, s.extra, d.state FROM agent_sessions_sessions s
    LEFT JOIN agent_sessions_states d ON d.session_pk = s.pk WHERE s.namespace = ? AND s.id = ?`;
  const [pk, labels, metadata, usage, extra, state] = sql.cells(select, key.namespace, key.id);
  if (typeof pk !== "number") return;
  const facets = readFacets(sql, pk);
  const columns = [
    ["labels", labels, facets.labels],
    ["metadata", metadata, facets.metadata],
    ["usage", usage, { inputTokens: 0, outputTokens: 0 }],
    ["extra", extra, {}],
  ] as const;
  for (const [column, present, instead] of columns) {
    const content = String(present);
    if (readColumn(column, content) !== undefined) continue;
    aside({ key, part: column, seq: null, at: null, content, reason: "unreadable-head" });
    sql.run(`UPDATE agent_sessions_sessions SET ${column} = ? WHERE pk = ?`, JSON.stringify(instead), pk);
    act(`replaced the unreadable ${column}`);
  }
  if (typeof state === "string" && readColumn("state", state) === undefined) {
    aside({ key, part: "state", seq: null, at: null, content: state, reason: "unreadable-head" });
    sql.run("DELETE FROM agent_sessions_states WHERE session_pk = ?", pk);
    act("emptied the unreadable state");
  }
  sql.run("UPDATE agent_sessions_sessions SET revision = revision + 1 WHERE pk = ?", pk);
}

/** Takes unreadable messages out, and closes the gaps: the readable ones keep their order and get new positions. */
export function* mendEntries(
  database: OpenDatabase,
  key: SessionKey,
  location: string,
  newEpoch: () => string,
  aside: SetAside,
  act: Act,
): Steps<void> {
  const { sql } = database;
  const row = findSession(sql, key, location);
  if (row === null) return;
  const { transcript, head } = row;
  for (const seq of unreadableSeqs(sql, transcript, 1, WHOLE)) {
    const [at, content] = sql.cells(
      "SELECT at, message FROM agent_sessions_entries WHERE pk = ((? << 32) | ?)",
      transcript,
      seq,
    );
    aside({
      key,
      part: "entry",
      seq,
      at: String(at),
      content: String(content),
      reason: "unreadable-message",
    });
    sql.run("DELETE FROM agent_sessions_entries WHERE pk = ((? << 32) | ?)", transcript, seq);
    act(`set the unreadable message ${seq} aside`);
    yield;
  }
  const range = "pk > (? << 32) AND pk < ((? + 1) << 32)";
  const [count, last] = sql.cells(
    `SELECT count(*), ifnull(max(pk & ${WHOLE}), 0) FROM agent_sessions_entries WHERE ${range}`,
    transcript,
    transcript,
  );
  const isDense = count === last;
  if (isDense && count === head.messageCount) return;
  let kept = transcript;
  if (!isDense) {
    unindexTranscript(database, transcript);
    kept = newTranscript(sql);
    sql.run(
      `INSERT INTO agent_sessions_entries (pk, at, message)
       SELECT (? << 32) | row_number() OVER (ORDER BY pk), at, message FROM agent_sessions_entries WHERE ${range}`,
      kept,
      transcript,
      transcript,
    );
    dropTranscript(database, row);
  }
  sql.run(
    `UPDATE agent_sessions_sessions SET transcript = ?, message_count = ?, preview_seq = 0, epoch = ?, revision = revision + 1 WHERE pk = ?`,
    kept,
    Number(count),
    newEpoch(),
    row.pk,
  );
  act(`counted ${count} readable entries instead of ${head.messageCount}`);
}

export function mendFacets({ sql }: OpenDatabase, key: SessionKey, location: string, act: Act): void {
  const row = findSession(sql, key, location);
  if (row === null || isFiled(sql, key, row)) return;
  sql.run("DELETE FROM agent_sessions_facets WHERE session_pk = ?", row.pk);
  insertFacets(sql, row.pk, row.head);
  act("filed labels and metadata anew");
}

/** Makes the index hold a session's title and messages, each once. */
export function* mendSearch(
  database: OpenDatabase,
  key: SessionKey,
  location: string,
  act: Act,
): Steps<void> {
  const { sql, hasSearch } = database;
  const { row, findings } = checkHead(database, key, location);
  if (!hasSearch || row === null) return;
  let isSound = findings.every(({ fault }) => fault !== "search-differs");
  for (let first = 1; isSound && first <= row.head.messageCount; first += CHECKED_AT_ONCE) {
    isSound = checkEntries(database, row, first, location).every(({ fault }) => fault !== "search-differs");
    yield;
  }
  if (isSound) return;
  unindexTranscript(database, row.transcript);
  for (let seq = 1; seq <= row.head.messageCount; seq++) {
    const [json] = sql.cells(
      "SELECT message FROM agent_sessions_entries WHERE pk = ((? << 32) | ?)",
      row.transcript,
      seq,
    );
    indexMessage(sql, row.transcript, seq, parse(String(json)) as JsonObject);
    yield;
  }
  indexTitle(database, row.transcript, row.head.title, true);
  act("indexed title and messages anew");
}

/** Keeps the entries of a transcript whose session is not known. */
export function setAsideOrphan({ sql }: OpenDatabase, transcript: number, aside: SetAside): void {
  const select = `SELECT pk & ${WHOLE}, at, message FROM agent_sessions_entries WHERE pk >= (? << 32) AND pk < ((? + 1) << 32)`;
  for (const [seq, at, content] of sql.rows(select, transcript, transcript)) {
    aside({
      key: { namespace: "", id: `transcript ${transcript}` },
      part: "entry",
      seq: Number(seq),
      at: String(at),
      content: String(content),
      reason: "orphan-entries",
    });
  }
}

function readFacets(
  sql: SqlConnection,
  pk: number,
): { readonly labels: readonly string[]; readonly metadata: Metadata } {
  const labels: string[] = [];
  const metadata: [string, unknown][] = [];
  for (const [kind, key, value] of sql.rows(
    "SELECT kind, key, value FROM agent_sessions_facets WHERE session_pk = ?",
    pk,
  )) {
    if (kind === "label") labels.push(String(key));
    else if (kind === "metadata") metadata.push([String(key), parse(String(value))]);
  }
  // fromEntries makes an own property of "__proto__" too.
  return { labels: labels.sort(compareCodePoints), metadata: Object.fromEntries(metadata) as Metadata };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
