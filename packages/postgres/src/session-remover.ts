import { retryUntil, type SessionKey, type WriteContext } from "@agent-sessions/core/backend";
import { randomKey } from "./advisory-key.js";
import { type Database, oneWord } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { readRows } from "./postgres-driver.js";
import { isLockTimeout, isUnreachable } from "./postgres-error.js";
import { type SessionLock, type SessionLocks, withGrace } from "./session-locks.js";

/** Removes sessions. A call has a number, by which the server knows one whose answer was lost and which is sent again. */
export class SessionRemover {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #cache: HeadCache;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
  }

  /** True when this call removed the session. */
  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const lock = context.lock as SessionLock | null;
    const removal = randomKey();
    this.#cache.put(key, null);
    const text = `SELECT ${this.#database.schema}.remove_session($1, $2, $3, $4, $5, $6)`;
    return await retryUntil(withGrace(context.wait), key.id, async () => {
      const waitMs = this.#locks.waitMs(context.wait, lock !== null);
      const values = [key.namespace, key.id, this.#locks.numberOf(key), lock !== null, waitMs, removal];
      const attempt = async (): Promise<string> =>
        oneWord(await this.#locks.on(lock, (client) => readRows(client, text, values)));
      try {
        const answer = await this.#database.retrying(this.#locks.retryDeadline(lock), attempt);
        return answer === "locked" ? null : answer === "removed";
      } catch (error) {
        if (isLockTimeout(error)) return null;
        if (lock === null || !isUnreachable(error)) throw error;
        return await this.#afterLostLock(key, lock, removal, error);
      }
    });
  }

  /** The connection that held the lock broke: whether the session was removed over it is looked up, once nothing is under way any more. */
  async #afterLostLock(
    { namespace, id }: SessionKey,
    lock: SessionLock,
    removal: string,
    cause: unknown,
  ): Promise<true> {
    await this.#locks.untilGone(lock, cause);
    const text = `SELECT removal FROM ${this.#database.schema}.removals WHERE namespace = $1 AND removal = $2`;
    if ((await this.#database.read(text, [namespace, removal], id)).length > 0) return true;
    throw lock.lost(cause);
  }
}
