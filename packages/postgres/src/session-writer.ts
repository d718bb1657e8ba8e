import { SessionLockError, SessionNotFoundError, StoreIoError } from "@agent-sessions/core";
import {
  type Commit,
  type Decide,
  type MutateOptions,
  retryUntil,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  type WriteContext,
} from "@agent-sessions/core/backend";
import type { CommitSender } from "./commit-sender.js";
import type { Database } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { headOf, type SessionRow } from "./head-row.js";
import { type Known, knownIn, readKnown } from "./known-session.js";
import { assertNotCommitted, notMade } from "./lost-answer.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { isLockTimeout, isSerializationFailure, isUnreachable } from "./postgres-error.js";
import { Refusal, refusing, unwrapped } from "./refusal.js";
import { type PlannedCommit, planCommit, type Replacement } from "./session-commit.js";
import { type SessionLock, type SessionLocks, withGrace } from "./session-locks.js";

/** How often a write is decided on a session that may have moved on, before it takes the session's row first. */
const MAX_TRIES_UNLOCKED = 2;

/** Decides writes and has them committed: see docs/adr/0015. */
export class SessionWriter {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #sender: CommitSender;
  readonly #cache: HeadCache;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache, sender: CommitSender) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
    this.#sender = sender;
  }

  /** The session as it is; null when there is none. */
  async read(key: SessionKey): Promise<SessionRow | null> {
    return (await this.#read(key, null)).row;
  }

  async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    const lock = options.lock as SessionLock | null;
    let isRepeatable = options.isRepeatable === true;
    return await retryUntil(withGrace(options.wait), key.id, async () => {
      const head = isRepeatable ? await this.#decideFirst(key, decide, options, lock) : "contended";
      if (head !== "contended") return head;
      isRepeatable = false;
      return await this.#lockFirst(key, options, lock, ({ row, fingerprint }) => {
        const commit = decide(this.#currentOf(row, fingerprint));
        return commit === null ? null : planCommit(key, row, commit, null);
      });
    });
  }

  /** Puts a whole session in the place of what is there: the entries of a staged transcript, and `entries` behind them. */
  async replace(
    key: SessionKey,
    replacement: Replacement,
    entries: readonly StoredEntry[],
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    const lock = context.lock as SessionLock | null;
    const options = { ...context, operationId: null };
    return await retryUntil(withGrace(context.wait), key.id, () =>
      this.#lockFirst(key, options, lock, ({ row }) => {
        const head = seal(row === null ? null : headOf(row, this.#database.location));
        const commit: Commit = { head, headChanged: true, keep: 0, entries, operation: null };
        return planCommit(key, row, commit, replacement);
      }),
    );
  }

  /** One round trip when this process knows the session: the server applies the commit if the session is what it was decided on. */
  async #decideFirst(
    key: SessionKey,
    decide: Decide,
    options: MutateOptions,
    lock: SessionLock | null,
  ): Promise<StoredHead | "contended" | null> {
    const remembered = this.#cache.get(key);
    let known: Known =
      remembered === undefined
        ? await this.#read(key, options.operationId)
        : { row: remembered, fingerprint: null, isFresh: false };
    for (let tries = 0; tries < MAX_TRIES_UNLOCKED; tries++) {
      let commit: Commit | null = null;
      try {
        commit = decide(this.#currentOf(known.row, known.fingerprint));
      } catch (error) {
        // A refusal counts only when it is of the session as it is.
        if (known.isFresh) throw error;
      }
      if (commit === null) {
        if (known.isFresh) return this.#unchanged(key, known.row);
        known = await this.#read(key, options.operationId);
        continue;
      }
      const answer = await this.#sender.send(planCommit(key, known.row, commit, null), options.wait, lock);
      if (answer.outcome === "committed") return commit.head;
      if (answer.outcome === "locked") return null;
      known = answer.known;
    }
    return "contended";
  }

  /** Excludes other writers, then decides, once, and commits; null when somebody holds the session's lock. */
  async #lockFirst(
    key: SessionKey,
    options: MutateOptions,
    lock: SessionLock | null,
    decide: (known: Known) => PlannedCommit | null,
  ): Promise<StoredHead | null> {
    const { location } = this.#database;
    const deadline = this.#locks.retryDeadline(lock);
    let plan: PlannedCommit | null = null;
    const work = async (
      client: Pick<PostgresClient, "query" | "escapeLiteral">,
    ): Promise<StoredHead | null> => {
      const [row] = await readRows(client, this.#lockStatement(client, key, options, lock));
      if (row === undefined || row[0] === "locked") return null;
      const known = knownIn(row);
      plan = refusing(decide)(known);
      if (plan === null) return this.#unchanged(key, known.row);
      const answer = await this.#sender.sendOnce(client, plan, options.wait, lock, true);
      if (answer.outcome === "committed") return plan.commit.head;
      throw new StoreIoError("A session changed under the lock of its writer.", { sessionId: key.id });
    };
    const attempt = async (): Promise<StoredHead | null> => {
      plan = null;
      try {
        return await (lock === null ? this.#database.transaction(work) : lock.transaction(work));
      } catch (error) {
        const decided = plan as PlannedCommit | null;
        if (isLockTimeout(error)) {
          if (decided === null || options.isRepeatable === true) return null;
          const { timeoutMs } = options.wait;
          throw new Refusal(new SessionLockError(key.id, timeoutMs, { location, cause: error }));
        }
        if (decided === null || !(isUnreachable(error) || isSerializationFailure(error))) throw error;
        // It may have been committed or not.
        const isLost = isUnreachable(error);
        const answer =
          isLost && lock !== null
            ? await this.#sender.afterLostLock(decided, lock, error)
            : await this.#sender.send(decided, options.wait, lock, isLost);
        if (answer.outcome === "committed") return decided.commit.head;
        if (isLost) assertNotCommitted(location, decided, answer, "locked");
        // It was not, and others have written since: to be decided anew, if that may be.
        throw options.isRepeatable === true ? error : new Refusal(notMade(location, key, error));
      }
    };
    return await unwrapped(() => this.#database.retrying(deadline, attempt));
  }

  /** In one round trip with the BEGIN, so without parameters. */
  #lockStatement(
    client: Pick<PostgresClient, "escapeLiteral">,
    key: SessionKey,
    { wait, operationId }: MutateOptions,
    lock: SessionLock | null,
  ): string {
    const text = (value: string | null): string => (value === null ? "NULL" : client.escapeLiteral(value));
    const values = [
      ...[text(key.namespace), text(key.id), text(operationId), `'${this.#locks.numberOf(key)}'::bigint`],
      ...[text(lock?.connection.token ?? null), String(this.#locks.waitMs(wait, lock?.connection ?? null))],
      String(this.#sender.isDurable),
    ];
    return `BEGIN; SELECT * FROM ${this.#database.schema}.lock_session(${values.join(", ")})`;
  }

  async #read(key: SessionKey, operationId: string | null): Promise<Known> {
    return await readKnown(this.#database, this.#cache, key, operationId);
  }

  #currentOf(row: SessionRow | null, operationFingerprint: string | null): Parameters<Decide>[0] {
    return row === null ? null : { head: headOf(row, this.#database.location), operationFingerprint };
  }

  #unchanged(key: SessionKey, row: SessionRow | null): StoredHead {
    if (row === null) throw new SessionNotFoundError(key.id, key.namespace, this.#database.location);
    return headOf(row, this.#database.location);
  }
}
