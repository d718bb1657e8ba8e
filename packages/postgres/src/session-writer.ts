import { SessionNotFoundError, StoreIoError } from "@agent-sessions/core";
import {
  type Commit,
  type Decide,
  type MutateOptions,
  retryUntil,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import type { HeadCache } from "./head-cache.js";
import { headOf, readSessionRow, type SessionRow } from "./head-row.js";
import { type PostgresClient, readRows, type SqlRow } from "./postgres-driver.js";
import { isLockTimeout, isSerializationFailure, isUnreachable } from "./postgres-error.js";
import { Refusal, refusing, unwrapped } from "./refusal.js";
import {
  commitParameters,
  commitStatement,
  type PlannedCommit,
  planCommit,
  type Replacement,
} from "./session-commit.js";
import { remainingMs, type SessionLock, type SessionLocks, withGrace } from "./session-locks.js";
import { HEAD_COLUMNS } from "./write-functions.js";

/** How often a write is decided on a session that may have moved on, before it takes the session's row first. */
const MAX_TRIES_UNLOCKED = 3;

/** What a write was decided on. */
interface Known {
  readonly row: SessionRow | null;
  readonly fingerprint: string | null;
  /** Seen by this call, and not remembered from an earlier one. */
  readonly isFresh: boolean;
}

/** What the server said of a commit. */
type Answer =
  | { readonly outcome: "committed"; readonly version: string; readonly transcript: number }
  /** `revision` is the session's: 0 when there is none, infinite when nobody could look. */
  | { readonly outcome: "locked"; readonly revision: number }
  | { readonly outcome: "overtaken"; readonly known: Known };

/** Writes sessions: see docs/adr/0015. */
export class SessionWriter {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #isDurable: boolean;
  readonly #cache: HeadCache;

  constructor(database: Database, locks: SessionLocks, cache: HeadCache, isDurable: boolean) {
    this.#database = database;
    this.#locks = locks;
    this.#cache = cache;
    this.#isDurable = isDurable;
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

  async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const lock = context.lock as SessionLock | null;
    this.#cache.put(key, null);
    const text = `SELECT ${this.#database.schema}.remove_session($1, $2, $3, $4, $5)`;
    return await retryUntil(withGrace(context.wait), key.id, async () => {
      const values = [
        ...[key.namespace, key.id, this.#locks.numberOf(key)],
        ...[lock !== null, remainingMs(context.wait)],
      ];
      const attempt = (): Promise<readonly SqlRow[]> =>
        this.#on(lock, (client) => readRows(client, text, values));
      try {
        const [[answer] = []] = await this.#database.retrying(this.#deadline(lock), attempt);
        return answer === "locked" ? null : answer === "removed";
      } catch (error) {
        if (isLockTimeout(error)) return null;
        throw error;
      }
    });
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
      const answer = await this.#send(planCommit(key, known.row, commit, null), options.wait, lock);
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
    const deadline = this.#deadline(lock);
    let plan: PlannedCommit | null = null;
    const work = async (
      client: Pick<PostgresClient, "query" | "escapeLiteral">,
    ): Promise<StoredHead | null> => {
      const [row] = await readRows(client, this.#lockStatement(client, key, options, lock !== null));
      if (row === undefined || row[0] === "locked") return null;
      const known = knownIn(row);
      plan = refusing(decide)(known);
      if (plan === null) return this.#unchanged(key, known.row);
      const answer = this.#remember(
        plan,
        this.#answerIn(await this.#commitOn(client, plan, options.wait, true)),
      );
      if (answer.outcome === "committed") return plan.commit.head;
      throw new StoreIoError("A session changed under the lock of its writer.", { sessionId: key.id });
    };
    const attempt = async (): Promise<StoredHead | null> => {
      plan = null;
      try {
        return await (lock === null ? this.#database.transaction(work) : lock.transaction(work));
      } catch (error) {
        if (isLockTimeout(error)) return null;
        const decided = plan as PlannedCommit | null;
        if (decided === null || !(isUnreachable(error) || isSerializationFailure(error))) throw error;
        // It may have been committed or not.
        const isLost = isUnreachable(error);
        const answer =
          isLost && lock !== null
            ? await this.#afterLostLock(decided, lock, error)
            : await this.#send(decided, options.wait, lock);
        if (answer.outcome === "committed") return decided.commit.head;
        if (isLost) this.#assertNotCommitted(decided, answer, "locked");
        // It was not, and others have written since: to be decided anew, if that may be.
        throw options.isRepeatable === true ? error : new Refusal(this.#notMade(key, error));
      }
    };
    return await unwrapped(() => this.#database.retrying(deadline, attempt));
  }

  /** Sends a commit until the server says what became of it. */
  async #send(plan: PlannedCommit, wait: Wait, lock: SessionLock | null): Promise<Answer> {
    let isRepeated = false;
    const attempt = async (): Promise<Answer> => {
      try {
        const rows = await this.#on(lock, (client) => this.#commitOn(client, plan, wait, lock !== null));
        return this.#answerIn(rows);
      } catch (error) {
        if (isLockTimeout(error)) return { outcome: "locked", revision: Number.POSITIVE_INFINITY };
        if (isUnreachable(error)) {
          if (lock !== null) return await this.#afterLostLock(plan, lock, error);
          isRepeated = true;
        }
        throw error;
      }
    };
    const answer = await this.#database.retrying(this.#deadline(lock), attempt);
    if (isRepeated) this.#assertNotCommitted(plan, answer);
    return this.#remember(plan, answer);
  }

  /** The connection that held the lock broke. Whether the commit took place is looked up; it is not sent again. */
  async #afterLostLock(plan: PlannedCommit, lock: SessionLock, cause: unknown): Promise<Answer> {
    const { row } = await this.#database.retrying(this.#database.retryDeadline(), () =>
      this.#read(plan.key, null),
    );
    if (row?.commitId === plan.commitId) {
      return { outcome: "committed", version: row.version, transcript: row.transcript };
    }
    this.#assertNotCommitted(plan, {
      outcome: "overtaken",
      known: { row, fingerprint: null, isFresh: true },
    });
    throw lock.lost(cause);
  }

  /**
   * A commit whose answer was lost, and which is not what the session has now: it may have taken place if the session's revision has
   * passed its own, or if it may still be under way; and nobody can tell unless it carried an operation id.
   *
   * @param underWay what is answered as long as the first try may still be under way
   */
  #assertNotCommitted({ key, commit }: PlannedCommit, answer: Answer, underWay?: Answer["outcome"]): void {
    if (answer.outcome === "committed" || commit.operation !== null) return;
    const revision =
      answer.outcome === "locked" ? answer.revision : (answer.known.row?.columns.revision ?? 0);
    if (answer.outcome !== underWay && revision <= commit.head.revision) return;
    const { location } = this.#database;
    throw new StoreIoError(
      `The connection to ${location} broke while session ${JSON.stringify(key.id)} was written, and others have written to it since or hold it: whether this write took place cannot be told. Look at the session; give appends an operationId to be able to repeat them.`,
      { location, sessionId: key.id },
    );
  }

  #notMade({ id }: SessionKey, cause: unknown): StoreIoError {
    const { location } = this.#database;
    return new StoreIoError(
      `The connection to ${location} broke while session ${JSON.stringify(id)} was written, and others have written to it since. This write was not made; try again.`,
      { location, sessionId: id, cause },
    );
  }

  #remember(plan: PlannedCommit, answer: Answer): Answer {
    const { key, columns, commitId } = plan;
    if (answer.outcome === "committed") {
      const { version, transcript } = answer;
      this.#cache.put(key, { version, transcript, commitId, columns });
    } else if (answer.outcome === "overtaken") {
      this.#cache.put(key, answer.known.row);
    }
    return answer;
  }

  async #read(key: SessionKey, operationId: string | null): Promise<Known> {
    const { schema } = this.#database;
    const text = `SELECT 'read', ${
      operationId === null
        ? "NULL::text"
        : `(SELECT o.fingerprint FROM ${schema}.operations o
        WHERE o.namespace = s.namespace AND o.id = s.id AND o.operation = $3)`
    }, ${HEAD_COLUMNS}, d.state
      FROM ${schema}.sessions s LEFT JOIN ${schema}.states d ON d.namespace = s.namespace AND d.id = s.id
      WHERE s.namespace = $1 AND s.id = $2`;
    const values = operationId === null ? [key.namespace, key.id] : [key.namespace, key.id, operationId];
    const [row] = await this.#database.read(text, values, key.id);
    const known = row === undefined ? { row: null, fingerprint: null, isFresh: true } : knownIn(row);
    this.#cache.put(key, known.row);
    return known;
  }

  async #commitOn(
    client: Pick<PostgresClient, "query">,
    plan: PlannedCommit,
    wait: Wait,
    holdsLock: boolean,
  ): Promise<readonly SqlRow[]> {
    const values = commitParameters(plan, {
      lock: this.#locks.numberOf(plan.key),
      holdsLock,
      waitMs: remainingMs(wait),
      isDurable: this.#isDurable,
    });
    return await readRows(client, commitStatement(this.#database.schema, values.length), values);
  }

  /** In one round trip with the BEGIN, so without parameters. */
  #lockStatement(
    client: Pick<PostgresClient, "escapeLiteral">,
    key: SessionKey,
    { wait, operationId }: MutateOptions,
    holdsLock: boolean,
  ): string {
    const text = (value: string | null): string => (value === null ? "NULL" : client.escapeLiteral(value));
    const values = [
      ...[text(key.namespace), text(key.id), text(operationId), `'${this.#locks.numberOf(key)}'::bigint`],
      ...[String(holdsLock), String(remainingMs(wait))],
    ];
    return `BEGIN; SELECT * FROM ${this.#database.schema}.lock_session(${values.join(", ")})`;
  }

  #answerIn([row = []]: readonly SqlRow[]): Answer {
    const [outcome, , version, transcript, , revision] = row;
    if (outcome === "committed") {
      return { outcome, version: String(version), transcript: Number(transcript) };
    }
    return outcome === "locked"
      ? { outcome, revision: Number(revision ?? 0) }
      : { outcome: "overtaken", known: knownIn(row) };
  }

  async #on<T>(
    lock: SessionLock | null,
    body: (client: Pick<PostgresClient, "query">) => Promise<T>,
  ): Promise<T> {
    return await (lock === null ? this.#database.lend(body) : lock.run(body));
  }

  /** A lock is lost with its connection: then nothing is tried again. */
  #deadline(lock: SessionLock | null): number {
    return lock === null ? this.#database.retryDeadline() : 0;
  }

  #currentOf(row: SessionRow | null, operationFingerprint: string | null): Parameters<Decide>[0] {
    return row === null ? null : { head: headOf(row, this.#database.location), operationFingerprint };
  }

  #unchanged(key: SessionKey, row: SessionRow | null): StoredHead {
    if (row === null) throw new SessionNotFoundError(key.id, key.namespace, this.#database.location);
    return headOf(row, this.#database.location);
  }
}

/** Outcome and fingerprint stand before the session. */
function knownIn(row: SqlRow): Known {
  const [, fingerprint] = row;
  return {
    row: readSessionRow(row.slice(2)),
    fingerprint: typeof fingerprint === "string" ? fingerprint : null,
    isFresh: true,
  };
}
