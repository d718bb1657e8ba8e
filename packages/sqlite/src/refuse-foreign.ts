import type { FileSource } from "./database-handle.js";
import { inspectSchema, type SchemaOptions } from "./migrate-schema.js";
import { SqlConnection } from "./sql-connection.js";
import { isUnwritable } from "./sqlite-error.js";

/**
 * The last connection that can write moves the WAL into the database when it closes. So where there is a WAL, whose database it is
 * is looked up by one that cannot: what another program, or a newer version, left behind stays as it is.
 *
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when it is not ours, or of a newer major format
 */
export function refuseForeign({ path, driver, settings }: FileSource, schema: SchemaOptions): void {
  try {
    const options = { fileMustExist: true, readonly: true, timeout: settings.busyTimeoutMs };
    const looking = new driver(path, options);
    try {
      inspectSchema(new SqlConnection(looking), schema);
    } finally {
      looking.close();
    }
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
}
