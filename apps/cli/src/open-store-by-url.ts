import path from "node:path";
import { type OpenStoreOptions, openStore, registerBackend, type SessionStore } from "@agent-sessions/core";
import { FILE_BACKENDS, SERVER_BACKENDS } from "./shipped-backends.js";
import { anchorUrl } from "./store-url.js";

for (const [scheme, open] of Object.entries({ ...FILE_BACKENDS, ...SERVER_BACKENDS }))
  registerBackend(scheme, open);

/**
 * Opens a store by its URL. A scheme that this program does not ship is looked for in the working folder's project, and its package is run:
 * the URL must come from the user, never from a file that was merely found.
 *
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED
 * @throws {InvalidInputError} INVALID_OPTIONS
 */
export async function openStoreByUrl(url: string, options: OpenStoreOptions = {}): Promise<SessionStore> {
  const folder = process.cwd();
  return await openStore(anchorUrl(url, folder), { ...options, from: `${folder}${path.sep}` });
}
