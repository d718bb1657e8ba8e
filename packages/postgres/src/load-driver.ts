import { createRequire } from "node:module";
import { BackendNotInstalledError, StoreIoError } from "@agent-sessions/core";
import type { PostgresDriver } from "./postgres-driver.js";

const DRIVER = "pg";

/**
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED when `pg` is missing
 * @throws {StoreIoError} STORE_IO when it cannot be loaded
 */
export function loadDriver(): PostgresDriver {
  try {
    return createRequire(import.meta.url)(DRIVER) as PostgresDriver;
  } catch (error) {
    throw asLoadError(error, import.meta.url);
  }
}

/**
 * What a failed load means, with the remedy.
 *
 * @internal For its test.
 */
export function asLoadError(error: unknown, from: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const isMissing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
  if (isMissing && reason.includes(`'${DRIVER}'`)) {
    return new BackendNotInstalledError("postgres", DRIVER, from, { cause: error });
  }
  return new StoreIoError(`The driver ${DRIVER} cannot be loaded: ${reason}. Install it anew.`, {
    cause: error,
  });
}
