import { SessionStoreError } from "@agent-sessions/core";
import { retryUntil, type Wait } from "@agent-sessions/core/backend";
import { type Answer, answerIn, LOCKED_UNSEEN } from "./commit-answer.js";
import { type Database, oneWord } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { readKnown } from "./known-session.js";
import { assertNotCommitted, cannotBeTold, showsNotMade } from "./lost-answer.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { isLockTimeout, isUnreachable } from "./postgres-error.js";
import { CommitStatements, type PlannedCommit } from "./session-commit.js";
import { type SessionLock, type SessionLocks, withGrace } from "./session-locks.js";

/** Sends commits, and finds out what became of those whose answer was lost: see docs/adr/0015. */
export class CommitSender {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #cache: HeadCache;
  /** Whether a write waits for the flush of the log. */
  readonly isDurable: boolean;
  readonly #statements: CommitStatements;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache, isDurable: boolean) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
    this.isDurable = isDurable;
    this.#statements = new CommitStatements(database.schema);
  }

  /**
   * Sends a commit until the server says what became of it.
   *
   * @param wasLost it was sent before, and the answer was lost
   */
  async send(
    plan: PlannedCommit,
    wait: Wait,
    lock: SessionLock | null,
    wasLost: boolean = false,
  ): Promise<Answer> {
    let isRepeated = wasLost;
    const attempt = async (): Promise<Answer> => {
      let wasSent = false;
      try {
        return await this.#locks.on(lock, async (client) => {
          wasSent = true;
          return await this.sendOnce(client, plan, wait, lock);
        });
      } catch (error) {
        if (isLockTimeout(error)) return LOCKED_UNSEEN;
        if (isUnreachable(error)) {
          if (lock !== null) return await this.afterLostLock(plan, lock, error);
          // Where no connection was to be had, nothing was lost.
          isRepeated ||= wasSent;
        }
        throw error;
      }
    };
    const ask = (): Promise<Answer> => this.#database.retrying(this.#locks.retryDeadline(lock), attempt);
    let answer = await ask();
    if (isRepeated && answer.outcome === "locked" && plan.commit.operation !== null) {
      answer = await this.#untilUnlocked(plan, wait, answer, ask);
    }
    if (isRepeated) assertNotCommitted(this.#database.location, plan, answer);
    return answer;
  }

  /**
   * Waits for whoever holds the session: only then is it known whether the session remembers the operation. A commit that is decided
   * anew would no longer know after which revision to look for it.
   */
  async #untilUnlocked(
    { key }: PlannedCommit,
    wait: Wait,
    first: Answer,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    let answer = first;
    return await retryUntil(withGrace(wait), key.id, async () => {
      answer = await ask();
      return answer.outcome === "locked" ? null : answer;
    }).catch((error: unknown) => {
      if (SessionStoreError.is(error, "SESSION_LOCKED")) return answer;
      throw error;
    });
  }

  /** Sends a commit on a connection. `isExclusive`: within a transaction that excludes everybody else. */
  async sendOnce(
    client: Pick<PostgresClient, "query">,
    plan: PlannedCommit,
    wait: Wait,
    lock: SessionLock | null,
    isExclusive: boolean = false,
  ): Promise<Answer> {
    const { text, values } = this.#statements.of(plan, {
      lock: this.#locks.numberOf(plan.key),
      holder: lock?.connection.token ?? (isExclusive ? "" : null),
      waitMs: this.#locks.waitMs(wait, lock?.connection ?? null),
      isDurable: this.isDurable,
    });
    const rows = await readRows(client, text, values, this.#database.connections.names.of(text));
    return this.#remember(plan, answerIn(oneWord(rows)));
  }

  /**
   * The connection that held the lock broke. Whether the commit took place is looked up once the server has ended that connection, for
   * until then it may still be at it; the commit is not sent again.
   */
  async afterLostLock(plan: PlannedCommit, lock: SessionLock, cause: unknown): Promise<Answer> {
    await this.#locks.untilGone(lock, cause);
    const { operation } = plan.commit;
    const known = await readKnown(this.#database, this.#cache, plan.key, operation?.id ?? null);
    const { row, fingerprint } = known;
    if (row?.commitId === plan.commitId) {
      return { outcome: "committed", version: row.version, transcript: row.transcript };
    }
    if (operation !== null && fingerprint === operation.fingerprint) {
      // And others have written since.
      return { outcome: "committed", version: null, transcript: 0 };
    }
    if (showsNotMade(plan, row?.columns ?? null, true)) throw lock.lost(cause);
    throw cannotBeTold(this.#database.location, plan.key, cause);
  }

  #remember(plan: PlannedCommit, answer: Answer): Answer {
    const { key, columns, commitId } = plan;
    if (answer.outcome === "committed") {
      const { version, transcript } = answer;
      this.#cache.put(key, version === null ? null : { version, transcript, commitId, columns });
    } else if (answer.outcome === "overtaken") {
      this.#cache.put(key, answer.known.row);
    }
    return answer;
  }
}
