import { startWait, type WriteContext } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import { nextTurn } from "./next-turn.js";
import { renewIndex } from "./search-renewal.js";
import { mergeTexts } from "./search-rows.js";
import type { SessionLocks } from "./session-locks.js";
import { pragma } from "./sql-connection.js";
import type { Transactions } from "./transactions.js";
import { deleteTranscript } from "./transcript-rows.js";

/** How long one step may hold the event loop and the database, in milliseconds. */
const STEP_MS = 8;
/** How long a step waits for other writers; what it does not get done is left to a later one. */
const PATIENCE_MS = 1000;
/** Free pages that are kept for the next writes: at 4 KiB each, 1 MiB. */
const KEPT_FREE_PAGES = 256;
const PAGES_PER_STEP = 64;
/**
 * How long closing lets it go on, in milliseconds: a bulk load leaves hundreds of runs in the search index, and whoever only searches the
 * database afterwards would look into each of them for each trigram.
 */
const CLOSING_MS = 2000;

/**
 * Removes the entries of transcripts that no session has any more, merges the search index and brings it up to date, and gives freed
 * pages back to the disk: in the background, in small steps, so that deleting a session of any length is one short commit. A failure
 * costs space and slower searches and nothing else; what is left is swept after the next delete or the first write of the next program.
 */
export class LeftoverSweeper {
  readonly #transactions: Transactions;
  readonly #locks: SessionLocks;
  #running: Promise<void> | null = null;
  #isAskedAgain = false;
  /** Made with the first sweep: most programs only read, and the class is loaded with its first use. */
  #closing: AbortController | null = null;
  #isClosed = false;

  constructor(transactions: Transactions, locks: SessionLocks) {
    this.#transactions = transactions;
    this.#locks = locks;
  }

  /** Sweeps soon; does not wait for it. */
  start(): void {
    if (this.#isClosed) return;
    this.#isAskedAgain = true;
    this.#closing ??= new AbortController();
    this.#running ??= this.#run(this.#closing.signal);
  }

  /** Lets what is under way come to its end, for a moment. */
  async close(): Promise<void> {
    if (this.#running !== null) {
      const timer = setTimeout(() => this.#closing?.abort(), CLOSING_MS);
      await this.#running;
      clearTimeout(timer);
    }
    this.#isClosed = true;
  }

  async #run(closing: AbortSignal): Promise<void> {
    try {
      while (this.#isAskedAgain && !closing.aborted) {
        this.#isAskedAgain = false;
        await nextTurn();
        while (!closing.aborted && (await this.#step(closing))) await nextTurn();
      }
    } catch {
      // Nobody waits for this, and nobody would miss it; `verify` tells of entries that stay.
    } finally {
      // In the same step as the last look at `#isAskedAgain`: whoever asks from now on starts it anew.
      this.#running = null;
    }
  }

  /** Whether there is more to do. */
  async #step(closing: AbortSignal): Promise<boolean> {
    // A store that was never written to has nothing to sweep, and a write would make it.
    if (!(await this.#transactions.read(() => true, false))) return false;
    const context: WriteContext = { wait: startWait(PATIENCE_MS, closing), lock: null };
    return await this.#transactions.write({ ...context, key: null, isProvisional: true }, (database) => {
      const endsAt = performance.now() + STEP_MS;
      const transcript = this.#findLeftover(database);
      if (transcript === null) {
        return mergeSome(database, endsAt) || renewIndex(database, endsAt) || giveBackPages(database);
      }
      const steps = deleteTranscript(database, transcript);
      while (performance.now() < endsAt) {
        if (steps.next().done !== true) continue;
        database.sql.run("DELETE FROM agent_sessions_leftovers WHERE transcript = ?", transcript);
        break;
      }
      return true;
    });
  }

  /** A transcript that nobody needs: dropped by a write, or staged by a writer who died. */
  #findLeftover({ sql }: OpenDatabase): number | null {
    for (const [transcript, stagedBy] of sql.rows(
      "SELECT transcript, staged_by FROM agent_sessions_leftovers",
    )) {
      if (typeof stagedBy === "string" && this.#locks.isStaging(stagedBy)) continue;
      return Number(transcript);
    }
    return null;
  }
}

/** Whether there was anything to merge in the search index. */
function mergeSome({ sql, hasSearch }: OpenDatabase, endsAt: number): boolean {
  if (!hasSearch || !mergeTexts(sql)) return false;
  while (performance.now() < endsAt && mergeTexts(sql));
  return true;
}

/** Whether there is more to give back. Does nothing in a database that was not made for it. */
function giveBackPages({ sql }: OpenDatabase): boolean {
  const free = Number(pragma(sql.database, "freelist_count"));
  if (free <= KEPT_FREE_PAGES || Number(pragma(sql.database, "auto_vacuum")) !== 2) return false;
  sql.database.pragma(`incremental_vacuum(${Math.min(PAGES_PER_STEP, free - KEPT_FREE_PAGES)})`);
  return free - PAGES_PER_STEP > KEPT_FREE_PAGES;
}
