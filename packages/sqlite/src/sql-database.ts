/** A value as it comes out of the database; integers stay below 2^53 here. */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = readonly SqlValue[];

/** The part of a driver's statement that this package uses. */
export interface SqlStatement {
  raw(toggle?: boolean): unknown;
  pluck(toggle?: boolean): unknown;
  safeIntegers(toggle?: boolean): unknown;
  all(...values: SqlValue[]): unknown[];
  get(...values: SqlValue[]): unknown;
  run(...values: SqlValue[]): { readonly changes: number };
  iterate(...values: SqlValue[]): IterableIterator<unknown>;
}

/** What is asked of a database that a caller hands in: a `Database` of better-sqlite3, whatever copy of its types the caller has. */
export interface GivenDatabase {
  /** False once it is closed. */
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  prepare(sql: string): unknown;
  exec(sql: string): unknown;
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown;
  /** Copies the database to a file, a few pages at a time, giving the event loop back in between. */
  backup(path: string): Promise<unknown>;
  close(): unknown;
}

/** The part of a driver's database that this package uses; another driver than better-sqlite3 would be adapted to it. */
export interface SqlDatabase extends GivenDatabase {
  prepare(sql: string): SqlStatement;
  /** Lets settings through that are refused otherwise, because they can damage a database. */
  unsafeMode?(isOn: boolean): unknown;
}

export interface SqlOpenOptions {
  readonly readonly?: boolean;
  readonly fileMustExist?: boolean;
  /** How long the driver itself waits for a lock, in milliseconds; it blocks the event loop meanwhile. */
  readonly timeout?: number;
}

/** The class of a driver that a caller hands in: `Database` of better-sqlite3, whatever copy of its types the caller has. */
export type GivenDriver = new (source: string | Buffer, options?: SqlOpenOptions) => GivenDatabase;

/** How a driver opens a file, `:memory:`, or the bytes of a database. */
export type SqlDriver = new (source: string | Buffer, options?: SqlOpenOptions) => SqlDatabase;
