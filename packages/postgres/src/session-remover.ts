import { SessionStoreError } from "@agent-sessions/core";
import { retryUntil, type SessionKey, type WriteContext } from "@agent-sessions/core/backend";
import { randomKey } from "./advisory-key.js";
import { type Database, oneWord } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { cannotBeTold } from "./lost-answer.js";
import { readRows } from "./postgres-driver.js";
import { isLockTimeout, isUnreachable } from "./postgres-error.js";
import { type SessionLock, type SessionLocks, withGrace } from "./session-locks.js";

/** Removes sessions. A call has a number, by which the server knows one whose answer was lost and which is sent again. */
export class SessionRemover {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #cache: HeadCache;
  readonly #isDurable: boolean;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache, isDurable: boolean) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
    this.#isDurable = isDurable;
  }

  /** True when this call removed the session. */
  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const lock = context.lock as SessionLock | null;
    const removal = randomKey();
    this.#cache.put(key, null);
    const text = `SELECT ${this.#database.schema}.remove_session($1, $2, $3, $4, $5, $6, $7)`;
    const call = [key.namespace, key.id, this.#locks.numberOf(key), lock?.connection.token ?? null];
    // Why the answer to a try was lost, for as long as no other has come: it may be what holds up the next one.
    let lost: unknown = null;
    const attempt = async (): Promise<string> => {
      const waitMs = this.#locks.waitMs(context.wait, lock?.connection ?? null);
      let wasSent = false;
      try {
        return await this.#locks.on(lock, async (client) => {
          wasSent = true;
          return oneWord(await readRows(client, text, [...call, waitMs, this.#isDurable, removal]));
        });
      } catch (cause) {
        if (wasSent && isUnreachable(cause)) lost = cause;
        throw cause;
      }
    };
    const remove = async (): Promise<boolean | null> => {
      try {
        const answer = await this.#database.retrying(this.#locks.retryDeadline(lock), attempt);
        lost = null;
        return answer === "locked" ? null : answer === "removed";
      } catch (error) {
        if (isLockTimeout(error)) return null;
        if (lock === null || !isUnreachable(error)) throw error;
        return await this.#afterLostLock(key, lock, removal, error);
      }
    };
    try {
      return await retryUntil(withGrace(context.wait), key.id, remove);
    } catch (error) {
      const isOpen = lost !== null && (isUnreachable(error) || SessionStoreError.is(error, "SESSION_LOCKED"));
      // Over the connection of a lock nothing is sent again.
      throw isOpen && lock === null ? cannotBeTold(this.#database.location, key, lost) : error;
    }
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
