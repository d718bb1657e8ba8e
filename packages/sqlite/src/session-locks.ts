import { join } from "node:path";
import type { BackendLock, SessionKey } from "@agent-sessions/core/backend";
import type { HeldFile } from "./held-file.js";
import type { SqlConnection } from "./sql-connection.js";

/** The row of the store, and the lock on a session when there is one. */
const STORE_AND_LOCK = `
SELECT s.major, l.token FROM agent_sessions_store s
LEFT JOIN agent_sessions_locks l ON l.namespace = ? AND l.id = ?`;

/**
 * Locks on sessions: a row in the database, which every write looks up inside its own transaction, and for a database on disk a
 * kernel lock on a file beside it, which tells whether the row's owner is still alive. In memory the row alone is the lock, because
 * its owner cannot die without it.
 */
export class SessionLocks {
  readonly #folder: string | null;
  #files: typeof HeldFile | null = null;

  /** @param folder where lock files are made while they are held; null for a database in memory */
  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** Whether `look` and `isStaging` can be asked. */
  get isReady(): boolean {
    return this.#folder === null || this.#files !== null;
  }

  /** To be called before a write begins, within which nothing can be waited for. Programs that only read need not load it. */
  async prepare(): Promise<void> {
    if (!this.isReady) ({ HeldFile: this.#files } = await import("./held-file.js"));
  }

  /** The kernel's part of a session lock: taken first, given back last. Null: somebody else has it. */
  async tryHold(key: SessionKey): Promise<Held | null> {
    await this.prepare();
    return this.#tryHold(fileNameOf(key));
  }

  /** A mark of life for a transcript that is being staged; `isStaging` is true until it is released. */
  async holdStaging(token: string): Promise<Held> {
    await this.prepare();
    const held = this.#tryHold(stagingName(token));
    if (held === null) throw new Error(`The staging token ${token} is taken.`);
    return held;
  }

  isStaging(token: string): boolean {
    return this.#isHeld(stagingName(token));
  }

  /**
   * Inside a write transaction: whether somebody else's lock forbids the write. The row of a holder who died is removed.
   * Also tells the database's present major version, for free.
   *
   * @param key null: a write that no session's lock forbids
   */
  look(
    sql: SqlConnection,
    key: SessionKey | null,
    own: BackendLock | null,
  ): { readonly isLocked: boolean; readonly major: number } {
    const [major, token] = sql.cells(STORE_AND_LOCK, key?.namespace ?? null, key?.id ?? null);
    const found = { isLocked: false, major: Number(major) };
    if (key === null) return found;
    if (typeof token !== "string" || (own instanceof SessionLock && own.token === token)) return found;
    if (this.#isHeld(fileNameOf(key))) return { ...found, isLocked: true };
    this.deleteRow(sql, key, token);
    return found;
  }

  /** Inside a write transaction, while the kernel lock is held; false when somebody else's lock is in force. */
  tryInsertRow(sql: SqlConnection, key: SessionKey, token: string): boolean {
    // Under our kernel lock a row that is there belongs to a holder who died; in memory it is somebody's lock.
    const resolution = this.#folder === null ? "IGNORE" : "REPLACE";
    const insert = `INSERT OR ${resolution} INTO agent_sessions_locks (namespace, id, token) VALUES (?, ?, ?)`;
    return sql.run(insert, key.namespace, key.id, token) > 0;
  }

  deleteRow(sql: SqlConnection, key: SessionKey, token: string): void {
    sql.run(
      "DELETE FROM agent_sessions_locks WHERE namespace = ? AND id = ? AND token = ?",
      key.namespace,
      key.id,
      token,
    );
  }

  #tryHold(name: string): Held | null {
    if (this.#folder === null) return NOTHING_HELD;
    return this.#loaded().tryHold(join(this.#folder, name));
  }

  #isHeld(name: string): boolean {
    return this.#folder === null || this.#loaded().isHeld(join(this.#folder, name));
  }

  #loaded(): typeof HeldFile {
    if (this.#files === null) throw new Error("The session locks were asked before prepare().");
    return this.#files;
  }
}

/** What is held until it is released. */
export interface Held {
  release(): void;
}

const NOTHING_HELD: Held = { release: () => undefined };

/** A session lock that its holder has: row and kernel lock. */
export class SessionLock implements BackendLock {
  readonly key: SessionKey;
  readonly token: string = crypto.randomUUID();
  readonly #release: (lock: SessionLock) => Promise<void>;
  #released: Promise<void> | null = null;

  constructor(key: SessionKey, release: (lock: SessionLock) => Promise<void>) {
    this.key = key;
    this.#release = release;
  }

  release(): Promise<void> {
    this.#released ??= this.#release(this);
    return this.#released;
  }
}

function fileNameOf({ namespace, id }: SessionKey): string {
  // Loaded only here, for locks are few and reads many.
  const { createHash } = process.getBuiltinModule("node:crypto");
  // Neither part holds control characters.
  return `${createHash("sha256").update(`${namespace}\0${id}`).digest("hex").slice(0, 40)}.lock`;
}

function stagingName(token: string): string {
  return `${token}.staging`;
}
