import type { SessionKey, StoredEntry, StoredHead, WriteContext } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { findSession } from "./find-session.js";
import { nextTurn } from "./next-turn.js";
import type { Held, SessionLocks } from "./session-locks.js";
import {
  dropTranscript,
  forgetOperations,
  insertSession,
  leaveToSweeper,
  updateSession,
} from "./session-rows.js";
import type { Steps } from "./steps.js";
import type { Transactions } from "./transactions.js";
import { insertEntries, insertEntry, newTranscript } from "./transcript-rows.js";

/** What one staging transaction may take, in milliseconds. */
const STEP_MS = 10;

/** How a staged session becomes visible. */
export type Seal = (current: StoredHead | null) => StoredHead;

/**
 * Writes whole sessions from a stream. Entries are filed under a transcript number that no session has, in short transactions; the last
 * one gives that number to the session. A short session is written in one.
 */
export class SessionStager {
  readonly #transactions: Transactions;
  readonly #locks: SessionLocks;
  readonly #location: string;

  constructor(transactions: Transactions, locks: SessionLocks, location: string) {
    this.#transactions = transactions;
    this.#locks = locks;
    this.#location = location;
  }

  /** Returns the new head. When it fails, what was staged is left to the sweeper. */
  async replace(
    key: SessionKey,
    batches: AsyncIterable<readonly StoredEntry[]>,
    seal: Seal,
    context: WriteContext,
  ): Promise<StoredHead> {
    let staging: Staging | null = null;
    let pending: readonly StoredEntry[] = [];
    try {
      for await (const batch of batches) {
        // The first batch waits for the second: when none comes, one transaction does it all.
        if (pending.length > 0) {
          // Known before anything is staged: it is to be released when that fails.
          staging ??= await this.#begin({ ...context, about: key.id });
          await this.#stage(staging, pending, { ...context, about: key.id });
        }
        pending = batch;
      }
      const staged = staging;
      return await this.#transactions.writeInSteps({ key, ...context }, (database) =>
        this.#finish(database, key, staged, pending, seal),
      );
    } catch (error) {
      await this.#abandon(staging, context);
      throw error;
    } finally {
      staging?.held.release();
    }
  }

  *#finish(
    database: OpenDatabase,
    key: SessionKey,
    staged: Staging | null,
    pending: readonly StoredEntry[],
    seal: Seal,
  ): Steps<StoredHead> {
    const transcript = staged?.transcript ?? newTranscript(database.sql);
    yield* insertEntries(database, transcript, pending);
    return this.#seal(database, key, transcript, seal);
  }

  #seal(database: OpenDatabase, key: SessionKey, transcript: number, seal: Seal): StoredHead {
    const { sql } = database;
    const present = findSession(sql, key, this.#location);
    const head = seal(present?.head ?? null);
    if (present === null) {
      insertSession(database, transcript, head);
    } else {
      dropTranscript(database, present);
      forgetOperations(sql, present.pk);
      updateSession(database, present, transcript, head);
    }
    sql.run("DELETE FROM agent_sessions_leftovers WHERE transcript = ?", transcript);
    return head;
  }

  async #stage(staging: Staging, entries: readonly StoredEntry[], context: StagingContext): Promise<void> {
    for (let next = 0; next < entries.length; ) {
      const from = next;
      next = await this.#transactions.write({ ...context, key: null, isProvisional: true }, (database) => {
        const endsAt = performance.now() + STEP_MS;
        let index = from;
        do {
          const entry = entries[index++];
          if (entry !== undefined) insertEntry(database, staging.transcript, entry);
        } while (index < entries.length && performance.now() < endsAt);
        return index;
      });
      await nextTurn();
    }
  }

  async #begin(context: StagingContext): Promise<Staging> {
    const token = crypto.randomUUID();
    const held = await this.#locks.holdStaging(token);
    try {
      const transcript = await this.#transactions.write(
        { ...context, key: null, isProvisional: true },
        ({ sql }) => {
          const made = newTranscript(sql);
          leaveToSweeper(sql, made, token);
          return made;
        },
      );
      return { transcript, held };
    } catch (error) {
      held.release();
      throw error;
    }
  }

  async #abandon(staging: Staging | null, context: WriteContext): Promise<void> {
    if (staging === null) return;
    try {
      await this.#transactions.write({ ...context, key: null, isProvisional: true }, ({ sql }) =>
        leaveToSweeper(sql, staging.transcript, null),
      );
    } catch {
      // Whoever sweeps next finds that its writer is gone. What failed first is what the caller must hear of.
    }
  }
}

interface StagingContext extends WriteContext {
  /** The id of the session that is to be. */
  readonly about: string;
}

interface Staging {
  readonly transcript: number;
  /** Held as long as the writer lives. */
  readonly held: Held;
}
