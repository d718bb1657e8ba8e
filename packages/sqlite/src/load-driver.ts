import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BackendNotInstalledError, StoreIncompatibleError, StoreIoError } from "@agent-sessions/core";
import type { SqlDriver } from "./sql-database.js";

const DRIVER = "better-sqlite3";
/** What a binary that was compiled with the newer headers imports. */
const CLEANUP_HOOK = "RemoveEnvironmentCleanupHook";

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
  const version = driverVersion(require);
  refuseUnsupported(version, process.versions.node);
  refuseFragile(version, process.versions.node, () => nativePart(require));
  try {
    // Required, not imported: for a CommonJS package that is several milliseconds quicker.
    const Driver = require(DRIVER) as SqlDriver;
    // The native part is loaded by the first database.
    new Driver(":memory:").close();
    return Driver;
  } catch (error) {
    throw asLoadError(error, import.meta.url);
  }
}

/**
 * Version 13 ends the whole process in its constructor on Nodes that it does not support, so it must never get there.
 *
 * @internal For its test.
 */
export function refuseUnsupported(version: string | null, nodeVersion: string): void {
  if (version === null || Number.parseInt(version, 10) < 13) return;
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 14)) return;
  throw new StoreIncompatibleError(
    `${DRIVER} ${version} does not run on Node ${nodeVersion}. Use Node 22.14 or later, or "npm install ${DRIVER}@12".`,
    { details: { driverVersion: version, nodeVersion } },
  );
}

/**
 * Version 12 inherits a class of Node's headers that, from 24.19 on, asks at each garbage collection for an environment that need not be
 * there, and ends the process where it is not. A binary that was compiled with older headers does not.
 *
 * @see https://github.com/nodejs/node/blob/v24.x/src/node_object_wrap.h
 * @internal For its test.
 */
export function refuseFragile(
  version: string | null,
  nodeVersion: string,
  nativePart: () => Uint8Array | null,
): void {
  if (version === null || Number.parseInt(version, 10) >= 13 || Number.parseInt(nodeVersion, 10) < 24) return;
  const binary = nativePart();
  if (binary === null || !Buffer.from(binary).includes(CLEANUP_HOOK)) return;
  throw new StoreIncompatibleError(
    `${DRIVER} ${version} was compiled for Node ${nodeVersion}, where it ends the process at a moment of its own choosing. Run "npm install ${DRIVER}@13".`,
    { details: { driverVersion: version, nodeVersion } },
  );
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

function driverVersion(require: NodeJS.Require): string | null {
  try {
    const { version } = require(`${DRIVER}/package.json`) as { readonly version?: unknown };
    return typeof version === "string" ? version : null;
  } catch {
    // Missing, which the import reports better; or a version that hides its package.json.
    return null;
  }
}

function nativePart(require: NodeJS.Require): Uint8Array | null {
  try {
    const manifest = require.resolve(`${DRIVER}/package.json`);
    return readFileSync(join(dirname(manifest), "build", "Release", "better_sqlite3.node"));
  } catch {
    // Somewhere else: then loading it tells what is wrong with it, if anything is.
    return null;
  }
}

function firstLine(text: string): string {
  // What looks for the native part goes on with a list of where it looked.
  return text.replace(/\.?(?: Tried:)?\n.*/s, "");
}
