import type { SessionKey } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { readSessionRow, type SessionRow } from "./head-row.js";
import type { SqlRow } from "./postgres-driver.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** What a write is decided on. */
export interface Known {
  /** Null: there is no such session. */
  readonly row: SessionRow | null;
  /** Of the operation that was asked for, when the session remembers it. */
  readonly fingerprint: string | null;
  /** Seen by this call, and not remembered from an earlier one. */
  readonly isFresh: boolean;
}

/** A row in which outcome and fingerprint stand before the session. */
export function knownIn(row: SqlRow): Known {
  const [, fingerprint] = row;
  return {
    row: readSessionRow(row.slice(2)),
    fingerprint: typeof fingerprint === "string" ? fingerprint : null,
    isFresh: true,
  };
}

/** Reads a session as it is, and remembers it. */
export async function readKnown(
  database: Database,
  cache: HeadCache,
  key: SessionKey,
  operationId: string | null,
): Promise<Known> {
  const { schema } = database;
  const fingerprint =
    operationId === null
      ? "NULL::text"
      : `(SELECT o.fingerprint FROM ${schema}.operations o
        WHERE o.namespace = s.namespace AND o.id = s.id AND o.operation = $3)`;
  const text = `SELECT 'read', ${fingerprint}, ${HEAD_COLUMNS}, d.state
      FROM ${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      WHERE s.namespace = $1 AND s.id = $2`;
  const values = operationId === null ? [key.namespace, key.id] : [key.namespace, key.id, operationId];
  const [row] = await database.read(text, values, key.id);
  const known = row === undefined ? { row: null, fingerprint: null, isFresh: true } : knownIn(row);
  cache.put(key, known.row);
  return known;
}
