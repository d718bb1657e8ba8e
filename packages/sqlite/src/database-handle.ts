import { existsSync, type Stats, statSync } from "node:fs";
import { StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { Checkpointer } from "./checkpointer.js";
import { createDatabaseFile } from "./create-database-file.js";
import { isSame, LeftBehind } from "./left-behind.js";
import {
  inspectSchema,
  isOutdated,
  migrateSchema,
  type PresentSchema,
  type SchemaOptions,
} from "./migrate-schema.js";
import { openDatabaseFile } from "./open-database-file.js";
import { openReadOnlyCopy } from "./read-only-copy.js";
import { refuseForeign } from "./refuse-foreign.js";
import { removeStaleIndex } from "./remove-stale-index.js";
import { pragma, SqlConnection } from "./sql-connection.js";
import type { SqlDatabase, SqlDriver } from "./sql-database.js";
import { isUnwritable } from "./sqlite-error.js";

export type JournalMode = "wal" | "delete" | "truncate" | "persist";

/** How a database of ours is opened. */
export interface FileSettings {
  readonly durability: "durable" | "relaxed";
  /** Null: WAL for a new file, and no change to one that is there. */
  readonly journalMode: JournalMode | null;
  /** Milliseconds. */
  readonly busyTimeoutMs: number;
  readonly readOnly: boolean;
}

export interface FileSource {
  readonly kind: "file";
  readonly path: string;
  readonly driver: SqlDriver;
  readonly settings: FileSettings;
}

/** Where the database comes from: a file of ours, memory, or a connection that the caller opened and keeps. */
export type DatabaseSource =
  | FileSource
  | { readonly kind: "memory"; readonly driver: SqlDriver }
  | { readonly kind: "given"; readonly database: SqlDatabase };

/** A connection to a database that holds our tables. */
export interface OpenDatabase {
  readonly sql: SqlConnection;
  /** Whether there is a search index, which every write keeps; for what it finds see `indexReach`. */
  readonly hasSearch: boolean;
}

/** Pages in memory that a transaction has changed before it begins to write them to the WAL: at 4 KiB each, 4 MiB. */
const MAX_DIRTY_PAGES = 1024;

/**
 * The one connection of a store. It is made when there is something to read or to write: opening a store creates nothing. Its methods
 * are synchronous and throw the driver's own errors.
 */
export class DatabaseHandle {
  readonly #source: DatabaseSource;
  readonly #schema: SchemaOptions;
  #sql: SqlConnection | null = null;
  #present: PresentSchema | null = null;
  /** The file that the connection has open, as it was then; undefined for other sources. */
  #opened: Stats | undefined;
  readonly #leftBehind: LeftBehind | null;
  /** Set while the connection is a copy in memory of a file on read-only media: what SQLite said to the file itself. */
  #copied: { readonly cause: unknown } | null = null;
  #isReadyToWrite = false;
  #isWal = false;
  /** A second connection, to read by while the first is inside a long transaction. */
  #besides: SqlConnection | null = null;
  readonly #checkpointer: Checkpointer | null;

  constructor(source: DatabaseSource, options: { readonly location: string; readonly search: boolean }) {
    this.#source = source;
    this.#checkpointer = source.kind === "file" ? new Checkpointer(source.path) : null;
    this.#leftBehind = source.kind === "file" ? new LeftBehind(source.path) : null;
    this.#schema = { ...options, ownsFile: source.kind !== "given" };
    if (source.kind === "given") this.#sql = this.#open();
  }

  /** Whether what is read is a copy in memory of a file on read-only media. */
  get isCopy(): boolean {
    return this.#copied !== null;
  }

  /** Whether somebody else uses the connection too: then it must never be left inside a transaction of ours. */
  get isShared(): boolean {
    return this.#source.kind === "given";
  }

  /** Whether the caller has a transaction open on a connection of theirs. */
  get isInTransaction(): boolean {
    return this.#sql?.database.inTransaction === true;
  }

  /** The database, or null when it was never written to. */
  forReading(): OpenDatabase | null {
    this.#leaveIfMoved();
    this.#sql ??= this.#openForReading();
    if (this.#sql === null) return null;
    this.#present ??= this.#inspect(this.#sql);
    return this.#present === null ? null : { sql: this.#sql, hasSearch: this.#present.hasSearch };
  }

  /** The database, made and migrated where that is due. */
  forWriting(): OpenDatabase {
    const open = this.forReading();
    if (open !== null && this.#isReadyToWrite) return open;
    this.assertWritable();
    if (this.#sql === null && this.#source.kind === "file") createDatabaseFile(this.#source.path);
    this.#sql ??= this.#open();
    const sql = this.#sql;
    this.#present ??= this.#inspect(sql);
    if (this.#source.kind === "file") this.#setJournal(sql, this.#source, this.#present === null);
    if (this.#present === null || isOutdated(this.#present)) this.#present = migrateSchema(sql, this.#schema);
    // Only the first transaction makes the WAL of a new file.
    this.#leftBehind?.recognise(this.#opened);
    this.#isReadyToWrite = true;
    return { sql, hasSearch: this.#present.hasSearch };
  }

  /** Whether reads need not wait for a long transaction: there is a file, which another connection can open. */
  get canReadBesides(): boolean {
    return this.#source.kind === "file";
  }

  /** The database as it was before the transaction that the connection is in. */
  forReadingBesides(): OpenDatabase | null {
    if (this.#source.kind !== "file" || this.#present === null) return null;
    if (this.#besides === null) {
      const { path, driver, settings } = this.#source;
      const options = { readonly: true, timeout: settings.busyTimeoutMs };
      const { database, file } = openDatabaseFile(path, driver, options);
      if (!isSame(file, this.#opened)) {
        database.close();
        throw new StoreIoError(
          `${this.#schema.location} was replaced while it was written to. Try again when that write has ended.`,
          { location: this.#schema.location },
        );
      }
      this.#besides = new SqlConnection(database);
    }
    return { sql: this.#besides, hasSearch: this.#present.hasSearch };
  }

  /** Whether the next commits need not be on disk when they return; those that come after them make them durable too. */
  setProvisional(isProvisional: boolean): void {
    if (this.#source.kind !== "file" || this.#source.settings.durability !== "durable" || !this.#isWal)
      return;
    this.#sql?.database.pragma(`synchronous = ${isProvisional ? "NORMAL" : "FULL"}`);
  }

  /** To be called after each commit. */
  afterCommit(wasLong: boolean): void {
    if (this.#isWal && this.#opened !== undefined) this.#checkpointer?.afterCommit(wasLong, this.#opened);
  }

  /** Resolves when no thread is at work on the file. */
  async settled(): Promise<void> {
    await this.#checkpointer?.settled();
  }

  /** @throws {StoreIoError} STORE_IO when it is known that nothing can be written */
  assertWritable(): void {
    const isGivenReadOnly = this.#source.kind === "given" && this.#source.database.readonly;
    const isOptionReadOnly = this.#source.kind === "file" && this.#source.settings.readOnly;
    if (!isGivenReadOnly && !isOptionReadOnly && this.#copied === null) return;
    const why =
      this.#copied === null
        ? "was opened read-only. Open it without readOnly to write"
        : "lies where nothing can be written. Copy it to a writable folder, or check the permissions of the file and its folder";
    throw new StoreIoError(`${this.#schema.location} ${why}.`, {
      location: this.#schema.location,
      cause: this.#copied?.cause,
    });
  }

  close(): void {
    if (this.#source.kind === "given") return;
    try {
      const database = this.#copied === null ? this.#sql?.database : undefined;
      if (database !== undefined && this.#hasMoved()) this.#leftBehind?.leave(database, false);
    } finally {
      this.#disconnect();
      this.#leftBehind?.forget();
    }
  }

  #disconnect(): void {
    this.closeBesides();
    this.#sql?.database.close();
    this.#leftBehind?.closed();
    this.#sql = null;
    this.#present = null;
    this.#opened = undefined;
    this.#copied = null;
    this.#isReadyToWrite = false;
  }

  /** To be called when a long transaction has ended: reads then use the first connection again. */
  closeBesides(): void {
    this.#besides?.database.close();
    this.#besides = null;
  }

  #openForReading(): SqlConnection | null {
    if (this.#source.kind !== "file") return null;
    const there = statSync(this.#source.path, { throwIfNoEntry: false });
    if (there === undefined) return null;
    this.#leftBehind?.assertNone();
    if (there.isDirectory()) {
      throw new StoreIncompatibleError(
        `${this.#source.path} is a folder, not a SQLite database. Name a file in it, for example ${this.#source.path}/sessions.db.`,
        { location: this.#source.path },
      );
    }
    const wal = statSync(`${this.#source.path}-wal`, { throwIfNoEntry: false });
    if (wal !== undefined && wal.size > 0) refuseForeign(this.#source, this.#schema);
    return this.#open();
  }

  #open(): SqlConnection {
    if (this.#source.kind === "given") return new SqlConnection(this.#source.database);
    if (this.#source.kind === "memory") return new SqlConnection(new this.#source.driver(":memory:"));
    const { path, driver, settings } = this.#source;
    this.#leftBehind?.assertNone();
    const options = { readonly: settings.readOnly, timeout: settings.busyTimeoutMs };
    const { database, file } = openDatabaseFile(path, driver, options);
    this.#opened = file;
    database.pragma("trusted_schema = OFF");
    database.pragma("foreign_keys = ON");
    return new SqlConnection(database);
  }

  #inspect(sql: SqlConnection): PresentSchema | null {
    try {
      const present = inspectSchema(sql, this.#schema);
      if (present !== null && this.#source.kind === "file") this.#setDurability(sql, this.#source.settings);
      this.#leftBehind?.recognise(this.#opened);
      return present;
    } catch (error) {
      // A connection to something that is not ours must not stay open: its locks and side files would.
      this.#disconnect();
      if (this.#source.kind !== "file" || !isUnwritable(error)) throw error;
      const { path, driver } = this.#source;
      const copy = openReadOnlyCopy(path, driver, error);
      this.#opened = copy.file;
      this.#copied = { cause: error };
      this.#sql = new SqlConnection(copy.database);
      return inspectSchema(this.#sql, this.#schema);
    }
  }

  /** Pragmas of the connection, set only where the database is known to be ours: they read its header. */
  #setDurability({ database }: SqlConnection, { durability }: FileSettings): void {
    database.pragma(`synchronous = ${durability === "durable" ? "FULL" : "NORMAL"}`);
    // Only macOS knows a difference: there an ordinary fsync leaves data in the drive's cache.
    database.pragma(`fullfsync = ${durability === "durable" ? "ON" : "OFF"}`);
    database.pragma(`checkpoint_fullfsync = ${durability === "durable" ? "ON" : "OFF"}`);
    Checkpointer.prepare(database);
  }

  #setJournal(sql: SqlConnection, { path, settings }: FileSource, isNew: boolean): void {
    const { database } = sql;
    const wanted = settings.journalMode;
    this.#setDurability(sql, settings);
    if (isNew) {
      removeStaleIndex(sql, path);
      // Takes effect before the first table only: freed pages can be given back in small steps, without rewriting the file.
      database.pragma("auto_vacuum = INCREMENTAL");
    }
    const mode = wanted ?? (isNew ? "wal" : null);
    const present = pragma(database, mode === null ? "journal_mode" : `journal_mode = ${mode}`);
    // Without WAL, writing pages out early needs every reader gone, in the middle of a transaction that could not be repeated. With
    // it, a long transaction does so in its slices, so that its COMMIT is short.
    database.pragma(`cache_spill = ${present === "wal" ? MAX_DIRTY_PAGES : "OFF"}`);
    this.#isWal = present === "wal";
    if (mode === null || present === mode) return;
    throw new StoreIoError(
      `The file system does not allow the journal mode "${mode}" for ${this.#schema.location}. Open it with journalMode "delete", or put it on a local disk.`,
      { location: this.#schema.location },
    );
  }

  /** What went into a file that is no longer at the path would be lost, so whatever is there by now is opened instead. */
  #leaveIfMoved(): void {
    if (this.#sql === null || this.#opened === undefined) return;
    if (!this.#hasMoved()) {
      if (this.#copied === null) this.#leftBehind?.recognise(this.#opened);
      return;
    }
    // Without a file there is nothing that could be damaged, and so nothing to wait for.
    const isReplaced = this.#source.kind === "file" && existsSync(this.#source.path);
    if (this.#copied === null) this.#leftBehind?.leave(this.#sql.database, isReplaced);
    this.#disconnect();
  }

  /** Whether the path leads to another file than the one that is open, or to none. A copy in memory stands for the file as it was. */
  #hasMoved(): boolean {
    if (this.#source.kind !== "file" || this.#opened === undefined) return false;
    const { path } = this.#source;
    const there = statSync(path, { throwIfNoEntry: false });
    if (!isSame(there, this.#opened)) return true;
    if (this.#copied === null) return false;
    const { mtimeMs, size } = this.#opened;
    return there?.mtimeMs !== mtimeMs || there.size !== size || existsSync(`${path}-wal`);
  }
}
