import { existsSync, readFileSync, rmSync, type Stats, statSync } from "node:fs";
import { StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { createDatabaseFile } from "./create-database-file.js";
import {
  inspectSchema,
  isOutdated,
  migrateSchema,
  type PresentSchema,
  type SchemaOptions,
} from "./migrate-schema.js";
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

/** Where the database comes from: a file of ours, memory, or a connection that the caller opened and keeps. */
export type DatabaseSource =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly driver: SqlDriver;
      readonly settings: FileSettings;
    }
  | { readonly kind: "memory"; readonly driver: SqlDriver }
  | { readonly kind: "given"; readonly database: SqlDatabase };

/** A connection to a database that holds our tables. */
export interface OpenDatabase {
  readonly sql: SqlConnection;
  readonly hasSearch: boolean;
}

/** The largest WAL that is kept after a checkpoint, in bytes. */
const MAX_IDLE_WAL_BYTES = 16 * 1024 * 1024;
/** The largest database that is read from read-only media by way of memory, in bytes. */
const MAX_IN_MEMORY_BYTES = 1024 * 1024 * 1024;

/**
 * The one connection of a store. It is made when there is something to read or to write: opening a store creates nothing. Its methods
 * are synchronous and throw the driver's own errors.
 */
export class DatabaseHandle {
  readonly #source: DatabaseSource;
  readonly #schema: SchemaOptions;
  #sql: SqlConnection | null = null;
  #present: PresentSchema | null = null;
  /** The file that the connection has open, as it was just before; null for other sources. */
  #opened: Stats | null = null;
  /** Set while the connection is a copy in memory of a file on read-only media: what SQLite said to the file itself. */
  #copied: { readonly cause: unknown } | null = null;
  #isReadyToWrite = false;

  constructor(source: DatabaseSource, options: { readonly location: string; readonly search: boolean }) {
    this.#source = source;
    this.#schema = { ...options, ownsFile: source.kind !== "given" };
    if (source.kind === "given") this.#sql = new SqlConnection(source.database);
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
    this.#isReadyToWrite = true;
    return { sql, hasSearch: this.#present.hasSearch };
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
    this.#sql?.database.close();
    this.#sql = null;
    this.#present = null;
    this.#opened = null;
    this.#copied = null;
    this.#isReadyToWrite = false;
  }

  #openForReading(): SqlConnection | null {
    if (this.#source.kind === "memory") return null;
    if (this.#source.kind === "file") {
      const there = statSync(this.#source.path, { throwIfNoEntry: false });
      if (there === undefined) return null;
      if (there.isDirectory()) {
        throw new StoreIncompatibleError(
          `${this.#source.path} is a folder, not a SQLite database. Name a file in it, for example ${this.#source.path}/sessions.db.`,
          { location: this.#source.path },
        );
      }
      const wal = statSync(`${this.#source.path}-wal`, { throwIfNoEntry: false });
      if (wal !== undefined && wal.size > 0) this.#refuseForeign(this.#source);
    }
    return this.#open();
  }

  /**
   * The last connection that can write moves the WAL into the database when it closes. So where there is a WAL, whose database it is
   * is looked up by one that cannot: what another program, or a newer version, left behind stays as it is.
   */
  #refuseForeign({ path, driver, settings }: DatabaseSource & { readonly kind: "file" }): void {
    try {
      const options = { fileMustExist: true, readonly: true, timeout: settings.busyTimeoutMs };
      const looking = new driver(path, options);
      try {
        inspectSchema(new SqlConnection(looking), this.#schema);
      } finally {
        looking.close();
      }
    } catch (error) {
      if (!isUnwritable(error)) throw error;
    }
  }

  #open(): SqlConnection {
    if (this.#source.kind === "given") return new SqlConnection(this.#source.database);
    if (this.#source.kind === "memory") return new SqlConnection(new this.#source.driver(":memory:"));
    const { path, driver, settings } = this.#source;
    this.#opened = statSync(path, { throwIfNoEntry: false }) ?? null;
    const database = new driver(path, {
      fileMustExist: true,
      readonly: settings.readOnly,
      timeout: settings.busyTimeoutMs,
    });
    database.pragma("trusted_schema = OFF");
    database.pragma("foreign_keys = ON");
    return new SqlConnection(database);
  }

  #inspect(sql: SqlConnection): PresentSchema | null {
    try {
      const present = inspectSchema(sql, this.#schema);
      if (present !== null && this.#source.kind === "file") this.#setDurability(sql, this.#source.settings);
      return present;
    } catch (error) {
      // A connection to something that is not ours must not stay open: its locks and side files would.
      this.close();
      if (this.#source.kind !== "file" || !isUnwritable(error)) throw error;
      this.#sql = this.#openCopy(this.#source, error);
      return inspectSchema(this.#sql, this.#schema);
    }
  }

  /** Pragmas of the connection, set only where the database is known to be ours: they read its header. */
  #setDurability({ database }: SqlConnection, { durability }: FileSettings): void {
    database.pragma(`synchronous = ${durability === "durable" ? "FULL" : "NORMAL"}`);
    // Only macOS knows a difference: there an ordinary fsync leaves data in the drive's cache.
    database.pragma(`fullfsync = ${durability === "durable" ? "ON" : "OFF"}`);
    database.pragma(`checkpoint_fullfsync = ${durability === "durable" ? "ON" : "OFF"}`);
    database.pragma(`journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
  }

  #setJournal(
    sql: SqlConnection,
    { path, settings }: DatabaseSource & { readonly kind: "file" },
    isNew: boolean,
  ): void {
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
    // Without WAL, writing pages out early needs every reader gone, in the middle of a transaction that could not be repeated.
    if (present !== "wal") database.pragma("cache_spill = OFF");
    if (mode === null || present === mode) return;
    throw new StoreIoError(
      `The file system does not allow the journal mode "${mode}" for ${this.#schema.location}. Open it with journalMode "delete", or put it on a local disk.`,
      { location: this.#schema.location },
    );
  }

  /**
   * A database in WAL mode needs side files even to be read. Where they cannot be made, and no WAL or journal holds what the file
   * lacks, the file is read into memory instead, with its header saying that it has no WAL.
   */
  #openCopy({ path, driver }: DatabaseSource & { readonly kind: "file" }, cause: unknown): SqlConnection {
    const there = statSync(path);
    const sides = ["-wal", "-journal"].map((side) => statSync(path + side, { throwIfNoEntry: false }));
    if (sides.some((side) => (side?.size ?? 0) > 0) || there.size > MAX_IN_MEMORY_BYTES) throw cause;
    const bytes = readFileSync(path);
    // File format write and read version: 2 is WAL, 1 is a rollback journal.
    if (bytes.length >= 20) bytes.fill(1, 18, 20);
    this.#opened = there;
    this.#copied = { cause };
    return new SqlConnection(new driver(bytes, { readonly: true }));
  }

  /**
   * The path may lead to another file by now, or to none: what went into a file that was deleted would be lost, and a copy in memory
   * is out of date when its file is not the same any more.
   */
  #leaveIfMoved(): void {
    if (this.#source.kind !== "file" || this.#sql === null || this.#opened === null) return;
    const { path } = this.#source;
    const { ino, dev, mtimeMs, size } = this.#opened;
    const there = statSync(path, { throwIfNoEntry: false });
    const isSameFile = there !== undefined && there.ino === ino && there.dev === dev;
    const isSame =
      this.#copied === null
        ? isSameFile
        : isSameFile && there.mtimeMs === mtimeMs && there.size === size && !existsSync(`${path}-wal`);
    if (!isSame) this.close();
  }
}

/**
 * When a database file alone is deleted while somebody has it open, its `-shm` stays, in use: a new file of the same name would share
 * it, and both would be read wrongly. Nobody can use it for a file that is empty still, and is locked.
 */
function removeStaleIndex(sql: SqlConnection, path: string): void {
  const index = `${path}-shm`;
  if (!existsSync(index)) return;
  sql.run("BEGIN EXCLUSIVE");
  try {
    // Not by page_count, which counts the page that this transaction would write.
    if (statSync(path).size === 0) rmSync(index, { force: true });
  } finally {
    sql.run("ROLLBACK");
  }
}
