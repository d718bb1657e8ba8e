import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { ClassicLevel } from "classic-level";
import { isLevelFolder, openLevel, prepare, probeSpace, sweepEntries } from "./level-folder.js";
import { SessionLocks } from "./session-locks.js";

/** One record written or removed. */
export type Change =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

/** LevelDB opens a folder once in a process, so all handles of a folder share this. */
const databases = new Map<string, LevelDatabase>();

/** The database of a folder, opened when it is first needed. Whoever takes it calls `release`, once. */
export function useDatabase(path: string): LevelDatabase {
  const location = resolve(path);
  const database = databases.get(location) ?? new LevelDatabase(location);
  databases.set(location, database);
  database.retain();
  return database;
}

export class LevelDatabase {
  readonly location: string;
  readonly locks: SessionLocks = new SessionLocks();
  #users = 0;
  #level: Promise<ClassicLevel> | null = null;
  #isPrepared = false;
  #isTorn = false;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(location: string) {
    this.location = location;
  }

  retain(): void {
    this.#users++;
  }

  /** Closes the database when nobody uses it any more. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    databases.delete(this.location);
    await (await this.#level)?.close();
  }

  /**
   * For reading; null when nothing was written yet.
   *
   * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when something else lies there, or a newer major format
   * @throws {StoreIoError} STORE_IO when another process has it open
   */
  async reader(): Promise<ClassicLevel | null> {
    return this.#level !== null || (await isLevelFolder(this.location)) ? await this.#open() : null;
  }

  /** All changes or none, on disk when it resolves. The first one creates the database. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.#write((level) => level.batch([...changes], { sync: true }));
  }

  /** Removes entries that belong to no session. A failure is no harm: their mark stays, and the next opening tries again. */
  async sweep(transcript: string): Promise<void> {
    try {
      await this.#write((level) => sweepEntries(level, transcript));
    } catch {
      // Nobody sees these entries, and the write that discarded them has ended well, or is about to throw what matters.
    }
  }

  /**
   * One write at a time. One that fails, on a full disk for example, may leave half a record in LevelDB's log, and when the log is
   * next read it ends there: whatever was written behind would be lost. So nothing is, before the database was opened anew.
   */
  #write(work: (level: ClassicLevel) => Promise<void>): Promise<void> {
    const write = async (): Promise<void> => {
      if (this.#isTorn) await this.#reopen();
      const level = await this.#writer();
      try {
        if (!this.#isPrepared) await prepare(level);
        this.#isPrepared = true;
        await work(level);
      } catch (error) {
        this.#isTorn = true;
        throw error;
      }
    };
    const written = this.#lastWrite.then(write);
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async #reopen(): Promise<void> {
    // LevelDB needs room to open. While there is none, the old connection at least serves the readers.
    await probeSpace(this.location);
    const torn = this.#level;
    this.#level = null;
    await (await torn)?.close();
    this.#isTorn = false;
  }

  async #writer(): Promise<ClassicLevel> {
    if (this.#level === null && !(await isLevelFolder(this.location))) {
      // LevelDB makes its files readable to all; the folder is what keeps others out.
      await mkdir(this.location, { recursive: true, mode: 0o700 });
    }
    return await this.#open();
  }

  #open(): Promise<ClassicLevel> {
    this.#level ??= openLevel(this.location).catch((error: unknown) => {
      this.#level = null;
      throw error;
    });
    return this.#level;
  }
}
