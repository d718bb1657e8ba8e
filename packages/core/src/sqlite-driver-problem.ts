import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const DRIVER = "better-sqlite3";
/** What a binary that was compiled with the headers of Node 24.19 or later imports. */
const CLEANUP_HOOK = "RemoveEnvironmentCleanupHook";

/** better-sqlite3, as it is installed. */
export interface InstalledSqliteDriver {
  /** Null when it is missing, or does not tell. */
  readonly version: string | null;
  /** Its native part; null when it is not where it should be. Read only where it matters. */
  readonly nativePart: () => Uint8Array | null;
}

/** @param require finds the package; nothing of it is run */
export function installedSqliteDriver(require: NodeJS.Require): InstalledSqliteDriver {
  return {
    version: versionOf(require),
    nativePart: () => {
      try {
        const manifest = require.resolve(`${DRIVER}/package.json`);
        return readFileSync(join(dirname(manifest), "build", "Release", "better_sqlite3.node"));
      } catch {
        // Somewhere else: then loading it tells what is wrong with it, if anything is.
        return null;
      }
    },
  };
}

/**
 * Why a driver must not be loaded, and what to do: as it is, it would end the whole process. Null: it may be loaded. The one rule for all
 * that read SQLite files.
 *
 * - Version 13 ends the process in its constructor on Nodes that it does not support.
 * - Version 12 inherits a class of Node's headers that, from 24.19 on, asks at each garbage collection for an environment that need not
 *   be there, and ends the process where it is not. A binary that was compiled with older headers does not.
 *
 * @see https://github.com/nodejs/node/blob/v24.x/src/node_object_wrap.h
 */
export function sqliteDriverProblem(
  { version, nativePart }: InstalledSqliteDriver,
  nodeVersion: string,
): string | null {
  if (version === null) return null;
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (Number.parseInt(version, 10) >= 13) {
    if (major > 22 || (major === 22 && minor >= 14)) return null;
    return `${DRIVER} ${version} does not run on Node ${nodeVersion}. Use Node 22.14 or later, or "npm install ${DRIVER}@12".`;
  }
  if (major < 24) return null;
  const binary = nativePart();
  if (binary === null || !Buffer.from(binary).includes(CLEANUP_HOOK)) return null;
  return `${DRIVER} ${version} was compiled for Node ${nodeVersion}, where it ends the process at a moment of its own choosing. Run "npm install ${DRIVER}@13".`;
}

function versionOf(require: NodeJS.Require): string | null {
  try {
    const { version } = require(`${DRIVER}/package.json`) as { readonly version?: unknown };
    return typeof version === "string" ? version : null;
  } catch {
    // Missing, which loading it reports better; or a version that hides its package.json.
    return null;
  }
}
