import { createRequire } from "node:module";
import { BackendNotInstalledError, StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import { installedSqliteDriver, sqliteDriverProblem } from "@agent-sessions/core/backend";
import type { SqlDriver, SqlOpenOptions } from "./sql-database.js";

const DRIVER = "better-sqlite3";

/**
 * Loads better-sqlite3 and makes sure that its native part works, so that a program learns of a broken installation when it opens the
 * store and not at its first write.
 *
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED when the package is missing
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE for a version that does not run on this Node
 * @throws {StoreIoError} STORE_IO when its native part was not built, or for another Node
 */
export function loadDriver(): SqlDriver {
  const require = createRequire(import.meta.url);
  const installed = installedSqliteDriver(require);
  const nodeVersion = process.versions.node;
  const problem = sqliteDriverProblem(installed, nodeVersion);
  if (problem !== null) {
    throw new StoreIncompatibleError(problem, {
      details: { driverVersion: installed.version, nodeVersion },
    });
  }
  try {
    // Required, not imported: for a CommonJS package that is several milliseconds quicker.
    const Driver = withNativePart(require(DRIVER) as SqlDriver, require);
    // The native part is used first by the first database.
    new Driver(":memory:").close();
    return Driver;
  } catch (error) {
    throw asLoadError(error, import.meta.url);
  }
}

/**
 * The driver with its native part at hand: to look for it in all the places where it might be, with the two packages that do so, takes the
 * driver a sixth of its start. Where it is not in the usual one, or cannot be loaded, the driver itself looks for it, and says what is wrong.
 */
function withNativePart(Driver: SqlDriver, require: NodeJS.Require): SqlDriver {
  let nativeBinding: unknown;
  try {
    nativeBinding = require(`${DRIVER}/build/Release/better_sqlite3.node`);
  } catch {
    return Driver;
  }
  return class extends Driver {
    constructor(source: string | Buffer, options: SqlOpenOptions = {}) {
      super(source, Object.assign({ nativeBinding }, options));
    }
  };
}

/**
 * What a failed load means, with the remedy.
 *
 * @internal For its test.
 */
export function asLoadError(error: unknown, from: string): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reason = error instanceof Error ? error.message : String(error);
  if ((code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && reason.includes(DRIVER)) {
    return new BackendNotInstalledError("sqlite", DRIVER, from, { cause: error });
  }
  return new StoreIoError(
    `The native part of ${DRIVER} cannot be loaded by Node ${process.versions.node} (${firstLine(reason)}). Run "npm rebuild ${DRIVER}" with this Node.`,
    { cause: error, details: { nodeVersion: process.versions.node, abi: process.versions.modules } },
  );
}

function firstLine(text: string): string {
  // What looks for the native part goes on with a list of where it looked.
  return text.replace(/\.?(?: Tried:)?\n.*/s, "");
}
