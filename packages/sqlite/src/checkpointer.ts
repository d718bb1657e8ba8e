import { type Stats, statSync } from "node:fs";
import type { SqlDatabase } from "./sql-database.js";

/** The size from which the WAL is moved into the database, and to which it is cut when it begins anew, in bytes. */
const MAX_WAL_BYTES = 16 * 1024 * 1024;
/** Where that has not helped, a COMMIT does it: at 4 KiB a page, 64 MiB. */
const MAX_WAL_PAGES = 16_384;
/** How many short commits pass between two looks at the size. */
const COMMITS_PER_LOOK = 32;

/**
 * Keeps the WAL short. SQLite itself would move it into the database within a COMMIT, which then holds the event loop for as long as
 * the disk takes; here a thread does it.
 */
export class Checkpointer {
  readonly #path: string;
  #commits = 0;
  #running: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Settings of a connection that is to be kept so. */
  static prepare(database: SqlDatabase): void {
    database.pragma(`journal_size_limit = ${MAX_WAL_BYTES}`);
    database.pragma(`wal_autocheckpoint = ${MAX_WAL_PAGES}`);
  }

  /**
   * To be called after each commit.
   *
   * @param file the database that was committed to
   */
  afterCommit(wasLong: boolean, file: Stats): void {
    if (++this.#commits % COMMITS_PER_LOOK !== 0 && !wasLong) return;
    if (this.#walBytes() <= MAX_WAL_BYTES) return;
    this.#running ??= this.#checkpoint(file).finally(() => {
      this.#running = null;
    });
  }

  /** 0 where it cannot be looked at: the commit is done, and must not be reported as failed for the sake of upkeep. */
  #walBytes(): number {
    try {
      return statSync(`${this.#path}-wal`).size;
    } catch {
      return 0;
    }
  }

  async #checkpoint(file: Stats): Promise<void> {
    // Loaded when first needed: most programs never write so much.
    const { checkpointInThread } = await import("./work-in-thread.js");
    await checkpointInThread(this.#path, file);
  }

  /** Resolves when no thread is at work. */
  async settled(): Promise<void> {
    await this.#running;
  }
}
