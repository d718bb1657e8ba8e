import path from "node:path";
import { type OpenStoreOptions, openStore, registerBackend, type SessionStore } from "@agent-sessions/core";

// The program brings these along; their packages and drivers load when a store of theirs is opened.
registerBackend("json", async (target) => await (await import("@agent-sessions/json")).open(target));
registerBackend("yaml", async (target) => await (await import("@agent-sessions/yaml")).open(target));
registerBackend("sqlite", async (target) => await (await import("@agent-sessions/sqlite")).open(target));

/**
 * Opens a store by its URL. A scheme that this program does not ship is looked for in the working folder's project.
 *
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED
 * @throws {InvalidInputError} INVALID_OPTIONS
 */
export async function openStoreByUrl(url: string, options: OpenStoreOptions = {}): Promise<SessionStore> {
  return await openStore(url, { ...options, from: `${process.cwd()}${path.sep}` });
}
