import type { SqlDatabase, SqlRow, SqlStatement, SqlValue } from "./sql-database.js";

/** A database with its prepared statements. Every call is synchronous and leaves no statement open. */
export class SqlConnection {
  readonly database: SqlDatabase;
  readonly #readers = new Map<string, SqlStatement>();
  readonly #pluckers = new Map<string, SqlStatement>();
  readonly #writers = new Map<string, SqlStatement>();

  constructor(database: SqlDatabase) {
    this.database = database;
  }

  /** All rows of a query, or of a change with RETURNING. */
  rows(sql: string, ...values: SqlValue[]): SqlRow[] {
    return this.#reader(sql).all(...values) as SqlRow[];
  }

  /** The first row. */
  row(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    return this.#reader(sql).get(...values) as SqlRow | undefined;
  }

  /** The values of the first row; none when there is no row. */
  cells(sql: string, ...values: SqlValue[]): SqlRow {
    return this.row(sql, ...values) ?? [];
  }

  /** The first column of the first row. */
  value(sql: string, ...values: SqlValue[]): SqlValue | undefined {
    return this.#plucker(sql).get(...values) as SqlValue | undefined;
  }

  /** The first column of all rows: several times quicker than whole rows. */
  column(sql: string, ...values: SqlValue[]): SqlValue[] {
    return this.#plucker(sql).all(...values) as SqlValue[];
  }

  /** The rows one by one; leaving the loop ends the statement. The loop must not await. */
  scan(sql: string, ...values: SqlValue[]): IterableIterator<SqlRow> {
    return this.#reader(sql).iterate(...values) as IterableIterator<SqlRow>;
  }

  /** Runs a change and returns how many rows it touched. */
  run(sql: string, ...values: SqlValue[]): number {
    let statement = this.#writers.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#writers.set(sql, statement);
    }
    return statement.run(...values).changes;
  }

  /** Several reads that must see one and the same moment. */
  snapshot<T>(body: () => T): T {
    if (this.database.inTransaction) return body();
    this.run("BEGIN");
    try {
      return body();
    } finally {
      if (this.database.inTransaction) this.run("COMMIT");
    }
  }

  #plucker(sql: string): SqlStatement {
    let statement = this.#pluckers.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      statement.pluck(true);
      statement.safeIntegers(false);
      this.#pluckers.set(sql, statement);
    }
    return statement;
  }

  #reader(sql: string): SqlStatement {
    let statement = this.#readers.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      statement.raw(true);
      // A database that the caller opened may hand out BigInts by default.
      statement.safeIntegers(false);
      this.#readers.set(sql, statement);
    }
    return statement;
  }
}

/** The single value of a pragma. */
export function pragma(database: SqlDatabase, name: string): unknown {
  return database.pragma(name, { simple: true });
}
