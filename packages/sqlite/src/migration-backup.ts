import { renameSync, rmSync } from "node:fs";
import { createPrivateFile, syncFile } from "./create-database-file.js";
import { pragma, type SqlConnection } from "./sql-connection.js";

/**
 * A copy of the whole database from just before a migration that could lose something. It is made outside the migration's transaction,
 * because SQLite copies nothing within one; whether it is still the present state is asked within.
 */
export class MigrationBackup {
  readonly #file: string;
  readonly #dataVersion: unknown;

  private constructor(file: string, dataVersion: unknown) {
    this.#file = file;
    this.#dataVersion = dataVersion;
  }

  /** Copies the database; null for one in memory. */
  static make(sql: SqlConnection): MigrationBackup | null {
    const path = pathOf(sql);
    if (path === null) return null;
    const file = `${path}.${crypto.randomUUID()}.new`;
    const dataVersion = pragma(sql.database, "data_version");
    createPrivateFile(file);
    sql.database.prepare("VACUUM INTO ?").run(file);
    syncFile(file);
    return new MigrationBackup(file, dataVersion);
  }

  /** Whether nobody else has written since. */
  isCurrent(sql: SqlConnection): boolean {
    return pragma(sql.database, "data_version") === this.#dataVersion;
  }

  /** Gives it the name that it is found by. */
  keep(sql: SqlConnection, formatVersion: string): void {
    renameSync(this.#file, `${pathOf(sql)}.before-${formatVersion}`);
  }

  discard(): void {
    rmSync(this.#file, { force: true });
  }
}

function pathOf({ database }: SqlConnection): string | null {
  const [main] = database.pragma("database_list") as readonly { readonly file?: unknown }[];
  return typeof main?.file === "string" && main.file !== "" ? main.file : null;
}
