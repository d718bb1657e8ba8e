import type { Wait } from "@agent-sessions/core/backend";
import { type Answer, answerIn, LOCKED_UNSEEN } from "./commit-answer.js";
import { type Database, oneWord } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { readKnown } from "./known-session.js";
import { assertNotCommitted } from "./lost-answer.js";
import { type PostgresClient, readRows } from "./postgres-driver.js";
import { isLockTimeout, isUnreachable } from "./postgres-error.js";
import { commitParameters, commitStatement, type PlannedCommit } from "./session-commit.js";
import type { SessionLock, SessionLocks } from "./session-locks.js";

/** Sends commits, and finds out what became of those whose answer was lost: see docs/adr/0015. */
export class CommitSender {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #cache: HeadCache;
  readonly #isDurable: boolean;
  readonly #statement: string;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache, isDurable: boolean) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
    this.#isDurable = isDurable;
    this.#statement = commitStatement(database.schema);
  }

  /** Sends a commit until the server says what became of it. */
  async send(plan: PlannedCommit, wait: Wait, lock: SessionLock | null): Promise<Answer> {
    let isRepeated = false;
    const attempt = async (): Promise<Answer> => {
      try {
        return await this.#locks.on(lock, (client) => this.sendOnce(client, plan, wait, lock));
      } catch (error) {
        if (isLockTimeout(error)) return LOCKED_UNSEEN;
        if (isUnreachable(error)) {
          if (lock !== null) return await this.afterLostLock(plan, lock, error);
          isRepeated = true;
        }
        throw error;
      }
    };
    const answer = await this.#database.retrying(this.#locks.retryDeadline(lock), attempt);
    if (isRepeated) assertNotCommitted(this.#database.location, plan, answer);
    return answer;
  }

  /** Sends a commit on a connection. `holdsLock`: within a transaction that excludes everybody else. */
  async sendOnce(
    client: Pick<PostgresClient, "query">,
    plan: PlannedCommit,
    wait: Wait,
    lock: SessionLock | null,
    holdsLock: boolean = lock !== null,
  ): Promise<Answer> {
    const values = commitParameters(plan, {
      lock: this.#locks.numberOf(plan.key),
      holdsLock,
      waitMs: this.#locks.waitMs(wait, lock !== null),
      isDurable: this.#isDurable,
    });
    const rows = await readRows(
      client,
      this.#statement,
      values,
      this.#database.connections.names.of(this.#statement),
    );
    return this.#remember(plan, answerIn(oneWord(rows)));
  }

  /**
   * The connection that held the lock broke. Whether the commit took place is looked up once the server has ended that connection, for
   * until then it may still be at it; the commit is not sent again.
   */
  async afterLostLock(plan: PlannedCommit, lock: SessionLock, cause: unknown): Promise<Answer> {
    await this.#locks.untilGone(lock, cause);
    const known = await readKnown(this.#database, this.#cache, plan.key, null);
    const { row } = known;
    if (row?.commitId === plan.commitId) {
      return { outcome: "committed", version: row.version, transcript: row.transcript };
    }
    assertNotCommitted(this.#database.location, plan, { outcome: "overtaken", known });
    throw lock.lost(cause);
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
