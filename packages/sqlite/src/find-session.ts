import type { SessionKey } from "@agent-sessions/core/backend";
import { readHeadRow, SELECT_HEAD, type SessionRow } from "./head-row.js";
import type { SqlConnection } from "./sql-connection.js";

/** The session under a key; null when there is none. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export function findSession(sql: SqlConnection, key: SessionKey, location: string): SessionRow | null {
  const row = sql.row(SELECT_HEAD, key.namespace, key.id);
  return row === undefined ? null : readHeadRow(row, location);
}
