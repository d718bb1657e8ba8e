import type { SessionKey, StoredEntry, StoredHead, WriteContext } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import type { SqlRow } from "./postgres-driver.js";
import { entryParameters } from "./session-commit.js";
import type { SessionLocks } from "./session-locks.js";
import type { SessionWriter } from "./session-writer.js";
import { nextTranscript } from "./sql-text.js";

/** A transcript that no session has yet. */
interface Staging {
  readonly transcript: number;
  /** Of the lock that shows that its writer lives. */
  readonly number: string;
  readonly release: () => Promise<void>;
}

/**
 * Writes whole sessions from a stream. Batches are filed, each in a transaction of its own, under a transcript that no session has; the
 * last one publishes it. A session of one batch is written at once. No transaction is open while the stream lets wait.
 */
export class SessionStager {
  readonly #database: Database;
  readonly #locks: SessionLocks;
  readonly #writer: SessionWriter;

  constructor(database: Database, locks: SessionLocks, writer: SessionWriter) {
    this.#database = database;
    this.#locks = locks;
    this.#writer = writer;
  }

  async replace(
    key: SessionKey,
    batches: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    let staging: Staging | null = null;
    let pending: readonly StoredEntry[] = [];
    let staged = 0;
    try {
      for await (const batch of batches) {
        // The first batch waits for the second: when none comes, one transaction does it all.
        if (pending.length > 0) {
          staging ??= await this.#database.despiteDrop(() => this.#begin(key));
          await this.#stage(key, staging, pending, staged + 1);
          staged += pending.length;
        }
        pending = batch;
      }
      const replacement = { transcript: staging?.transcript ?? 0, first: staged + 1 };
      return await this.#database.despiteDrop(async () => {
        await this.#database.create();
        return await this.#writer.replace(key, replacement, pending, seal, context);
      });
    } catch (error) {
      // What failed first is what the caller must hear of; what is left behind is swept by the next one.
      if (staging !== null) await this.#discard(key, staging).catch(() => undefined);
      throw error;
    } finally {
      await staging?.release();
    }
  }

  /** Removes what writers that died have staged, a few at a time. Returns how many there were. */
  async sweep(): Promise<number> {
    const { schema } = this.#database;
    // Whoever can have the lock of a staging writer knows that it is gone.
    const text = `WITH dead AS MATERIALIZED (
        SELECT t.namespace, t.transcript FROM ${schema}.transcripts t
        WHERE t.staged_by IS NOT NULL AND pg_try_advisory_xact_lock(t.staged_by) LIMIT 16),
      gone AS (DELETE FROM ${schema}.transcripts t USING dead d
        WHERE t.namespace = d.namespace AND t.transcript = d.transcript AND t.staged_by IS NOT NULL
        RETURNING t.namespace, t.transcript),
      emptied AS (DELETE FROM ${schema}.entries e USING gone g WHERE e.namespace = g.namespace AND e.transcript = g.transcript)
      SELECT count(*) FROM gone`;
    const rows = await this.#database.ifThere<readonly SqlRow[]>(
      undefined,
      () => this.#database.connections.rows(text, []),
      [],
    );
    return Number(rows[0]?.[0] ?? 0);
  }

  async #begin(key: SessionKey): Promise<Staging> {
    await this.#database.create();
    await this.sweep();
    const { schema } = this.#database;
    const { number, release } = await this.#locks.holdStaging();
    try {
      const text = `INSERT INTO ${schema}.transcripts (transcript, staged_by, namespace, id)
        VALUES (${nextTranscript(schema)}, $1, $2, $3) RETURNING transcript`;
      const [[transcript] = []] = await this.#database.connections.rows(text, [
        number,
        key.namespace,
        key.id,
      ]);
      return { transcript: Number(transcript), number, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async #stage(
    key: SessionKey,
    { transcript, number }: Staging,
    entries: readonly StoredEntry[],
    first: number,
  ): Promise<void> {
    const text = `INSERT INTO ${this.#database.schema}.entries (namespace, transcript, seq, at, message)
      SELECT $1, $2, $3 - 1 + given.place, given.at, given.message
      FROM unnest($4::bigint[], $5::text[]) WITH ORDINALITY AS given (at, message, place)
      WHERE EXISTS (SELECT FROM ${this.#database.schema}.transcripts t
        WHERE t.namespace = $1 AND t.transcript = $2 AND t.staged_by = $6)
      ON CONFLICT DO NOTHING`;
    // Once it was swept, or lost in a failover, nothing more is filed under a number that may be another's; publishing it is refused.
    const values = [key.namespace, transcript, first, ...entryParameters(entries), number];
    await this.#database.retrying(this.#database.retryDeadline(), () =>
      this.#database.connections.rows(text, values),
    );
  }

  async #discard({ namespace }: SessionKey, { transcript }: Staging): Promise<void> {
    const { schema } = this.#database;
    const text = `WITH gone AS (DELETE FROM ${schema}.transcripts t
        WHERE t.namespace = $1 AND t.transcript = $2 AND t.staged_by IS NOT NULL RETURNING t.transcript)
      DELETE FROM ${schema}.entries e USING gone g WHERE e.namespace = $1 AND e.transcript = g.transcript`;
    await this.#database.connections.rows(text, [namespace, transcript]);
  }
}
