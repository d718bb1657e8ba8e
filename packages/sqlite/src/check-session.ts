import { type Finding, SessionCorruptedError } from "@agent-sessions/core";
import { facetsOf, type SessionKey } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { findSession } from "./find-session.js";
import type { SessionRow } from "./head-row.js";
import { countTexts, TITLE_SEQ } from "./search-rows.js";
import type { SqlConnection } from "./sql-connection.js";

/** How many entries are checked at once. */
export const CHECKED_AT_ONCE = 256;

/** The faults that `verify` knows. Each can be mended, but for damaged pages in a database that is no file of ours. */
export type Fault =
  | "unreadable-head"
  | "missing-entries"
  | "surplus-entries"
  | "unreadable-message"
  | "facets-differ"
  | "search-differs"
  | "orphan-entries"
  | "orphan-search-rows"
  | "damaged-pages";

/** True for a message that is no JSON object. */
const MESSAGE_IS_UNREADABLE = "CASE WHEN json_valid(message) THEN json_type(message) <> 'object' ELSE 1 END";
const RANGE = "BETWEEN ((? << 32) | ?) AND ((? << 32) | ?)";

export function finding(key: SessionKey | null, fault: Fault, message: string, path: string): Finding {
  return {
    namespace: key?.namespace ?? "",
    id: key?.id ?? null,
    fault,
    message,
    path,
    repairable: true,
  };
}

/** What is wrong with a session's row and what is derived from it; the row, when it can be read. */
export function checkHead(
  { sql, hasSearch }: OpenDatabase,
  key: SessionKey,
  location: string,
): { readonly row: SessionRow | null; readonly findings: readonly Finding[] } {
  let row: SessionRow | null;
  try {
    row = findSession(sql, key, location);
  } catch (error) {
    if (!(error instanceof SessionCorruptedError)) throw error;
    return { row: null, findings: [finding(key, "unreadable-head", error.message, location)] };
  }
  if (row === null) return { row, findings: [] };
  const findings: Finding[] = [];
  if (!isFiled(sql, key, row)) {
    findings.push(
      finding(key, "facets-differ", "Labels or metadata are not filed as the session has them.", location),
    );
  }
  const titles = hasSearch ? countTexts(sql, row.transcript, TITLE_SEQ, TITLE_SEQ) : null;
  if (titles !== null && titles !== (row.head.title === "" ? 0 : 1)) {
    findings.push(
      finding(key, "search-differs", "The title is not in the search index as it should be.", location),
    );
  }
  return { row, findings };
}

/** Whether a session is filed under the labels and metadata that it has, and under no others. */
export function isFiled(sql: SqlConnection, { namespace }: SessionKey, { pk, head }: SessionRow): boolean {
  const select = "SELECT kind, key, value FROM agent_sessions_facets WHERE session_pk = ? AND namespace = ?";
  const present = sql.rows(select, pk, namespace).map((facet) => JSON.stringify(facet));
  const expected = facetsOf(head).map((facet) => JSON.stringify(facet));
  return present.sort().join() === expected.sort().join();
}

/** What is wrong with the entries from `first` on, `CHECKED_AT_ONCE` of them. */
export function checkEntries(
  { sql, hasSearch }: OpenDatabase,
  { head, transcript }: SessionRow,
  first: number,
  location: string,
): readonly Finding[] {
  const last = Math.min(first + CHECKED_AT_ONCE - 1, head.messageCount);
  const findings: Finding[] = [];
  const [count, unreadable] = sql.cells(
    `SELECT count(*), ifnull(sum(${MESSAGE_IS_UNREADABLE}), 0) FROM agent_sessions_entries WHERE pk ${RANGE}`,
    transcript,
    first,
    transcript,
    last,
  );
  const missing = last - first + 1 - Number(count);
  if (missing > 0) {
    findings.push(
      finding(
        head,
        "missing-entries",
        `${missing} of the entries ${first} to ${last} are missing.`,
        location,
      ),
    );
  }
  if (Number(unreadable) > 0) {
    const seqs = unreadableSeqs(sql, transcript, first, last);
    findings.push(
      finding(
        head,
        "unreadable-message",
        `The messages of entries ${seqs.join(", ")} are no JSON objects.`,
        location,
      ),
    );
  }
  if (hasSearch && countTexts(sql, transcript, first, last) !== Number(count)) {
    findings.push(
      finding(
        head,
        "search-differs",
        `The search index misses some of the entries ${first} to ${last}.`,
        location,
      ),
    );
  }
  const beyond =
    "SELECT 1 FROM agent_sessions_entries WHERE pk > ((? << 32) | ?) AND pk < ((? + 1) << 32) LIMIT 1";
  if (last === head.messageCount && sql.row(beyond, transcript, last, transcript) !== undefined) {
    findings.push(
      finding(head, "surplus-entries", `There are entries beyond the last one, ${last}.`, location),
    );
  }
  return findings;
}

export function unreadableSeqs(
  sql: SqlConnection,
  transcript: number,
  first: number,
  last: number,
): readonly number[] {
  const select = `SELECT pk & 4294967295 FROM agent_sessions_entries WHERE pk ${RANGE} AND ${MESSAGE_IS_UNREADABLE} ORDER BY pk`;
  return sql.rows(select, transcript, first, transcript, last).map(([seq]) => Number(seq));
}
