import {
  InvalidInputError,
  type JsonObject,
  type Message,
  type OpenBackend,
  registerBackend,
  type SessionStore,
  type StoreOptions,
} from "@agent-sessions/core";
import { checkOptions, STORE_OPTION_CHECKS, storeOver, text } from "@agent-sessions/core/backend";
import { LevelBackend } from "./level-backend.js";

export interface LevelSessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /** The folder of the database; the first write creates it. */
  readonly path: string;
}

const CHECKS = { ...STORE_OPTION_CHECKS, path: text };

/**
 * A store in a LevelDB folder, for one process at a time. Nothing is created before the first write.
 *
 * @example
 * const store = await openLevelSessionStore({ path: "./sessions" });
 * @throws {InvalidInputError} INVALID_OPTIONS
 */
export async function openLevelSessionStore<M extends object = Message, S extends object = JsonObject>(
  options: LevelSessionStoreOptions<M, S>,
): Promise<SessionStore<M, S>> {
  const { path, ...storeOptions } = checkOptions("openLevelSessionStore", options, CHECKS);
  if (path === undefined) {
    throw new InvalidInputError("INVALID_OPTIONS", "The option path is needed: a folder.", { path: "path" });
  }
  return storeOver<M, S>(new LevelBackend(path), storeOptions as StoreOptions<M, S>);
}

/** Opens `level:<folder>` for `openStore`. */
export const open: OpenBackend = async ({ location, options }) => {
  if ("path" in options) {
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      "The URL already names the folder: leave the option path out.",
      {
        path: "url",
      },
    );
  }
  return await openLevelSessionStore({ ...options, path: location });
};

/** Makes `openStore("level:./sessions")` work in this program. */
export function registerLevelBackend(): void {
  registerBackend("level", open);
}
