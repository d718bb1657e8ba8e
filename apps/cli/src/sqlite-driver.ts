import { createRequire } from "node:module";
import type { GivenDriver, SqliteSessionStoreOptions } from "@agent-sessions/sqlite";
import BundledDatabase, { type Addon } from "better-sqlite3/lib/database.js";

/** Where better-sqlite3 12, compiled for it, ends the process at a moment of its own choosing. Version 13 does not. */
const FIRST_NODE_FOR_13 = 24;

/**
 * What the program opens databases with. Undefined where the installed package shall be loaded in the ordinary way, which says what is wrong
 * with it.
 */
export function sqliteDriver(): SqliteSessionStoreOptions["driver"] {
  return Number.parseInt(process.versions.node, 10) < FIRST_NODE_FOR_13 ? bundledDriver() : newerDriver();
}

/** Version 13 comes along as well, but is left out by installers on Nodes that it does not run on. */
function newerDriver(): SqliteSessionStoreOptions["driver"] {
  try {
    return createRequire(import.meta.url)("better-sqlite3-13") as GivenDriver;
  } catch {
    return undefined;
  }
}

/**
 * better-sqlite3 with its JavaScript bundled and only its native part read from the installed package: loading its dozen files and searching
 * for that part takes as long as starting Node does for a third. Undefined where the part is not in its usual place: then the installed
 * package is loaded as a whole, and says what is wrong.
 */
function bundledDriver(): SqliteSessionStoreOptions["driver"] {
  const addon = loadAddon();
  if (addon === null) return undefined;
  const nativeBinding: Addon = addon;
  return class extends BundledDatabase {
    constructor(source: string | Buffer, options: object = {}) {
      super(source, { ...options, nativeBinding });
    }
  } satisfies GivenDriver;
}

function loadAddon(): Addon | null {
  try {
    return createRequire(import.meta.url)("better-sqlite3/build/Release/better_sqlite3.node") as Addon;
  } catch {
    return null;
  }
}
