import type { SessionKey } from "@agent-sessions/core/backend";
import type { KnownRow } from "./head-row.js";
import type { SqlConnection } from "./sql-connection.js";
import type { SqlValue } from "./sql-database.js";

/**
 * The session that a connection appended to last, as that left it: the next append to it need not read it again, nor look for a lock on
 * it. True for as long as nobody writes in between: of others SQLite tells, and each write of our own takes it.
 */
export class LastAppend {
  #sql: SqlConnection | null = null;
  /** Of the database, when the transaction began that this is of. */
  #version: SqlValue | undefined;
  #session: { readonly key: SessionKey; readonly row: KnownRow } | null = null;

  /** To be called when a write transaction has begun: the session's row, when it is known. From then on nothing is. */
  take(sql: SqlConnection, key: SessionKey | null): KnownRow | null {
    const version = sql.value("PRAGMA data_version");
    const isUnchanged = version === this.#version && sql === this.#sql;
    const last = this.#session;
    this.#session = null;
    this.#sql = sql;
    this.#version = version;
    if (!isUnchanged || last === null || key === null) return null;
    return last.key.id === key.id && last.key.namespace === key.namespace ? last.row : null;
  }

  /** To be called at the end of a transaction, when no session lock was in its way; `forget` takes it back. */
  keep(key: SessionKey, row: KnownRow): void {
    this.#session = { key, row };
  }

  forget(): void {
    this.#session = null;
  }
}
