import type { JsonObject, Message, OpenBackend, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import { targetPath } from "@agent-sessions/core/backend";
import {
  type FileSessionStoreOptions,
  openFileSessionStore,
  readSessionFileWith,
  type StorageFigures,
  storageFiguresWith,
} from "@agent-sessions/file";
import { jsonCodec } from "./json-codec.js";

export interface JsonSessionStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends FileSessionStoreOptions<M, S> {}

/**
 * Opens a folder of sessions in JSON Lines, one file a session. Makes nothing before the first write.
 *
 * @example
 * await using store = await openJsonSessionStore({ path: "./sessions" });
 * @throws {InvalidInputError} INVALID_OPTIONS
 * @throws {StoreIncompatibleError} STORE_INCOMPATIBLE when the path is something else than a folder
 */
export function openJsonSessionStore<M extends object = Message, S extends object = JsonObject>(
  options: JsonSessionStoreOptions<M, S>,
): Promise<SessionStore<M, S>> {
  return openFileSessionStore("openJsonSessionStore", jsonCodec, options);
}

/** Opens `json:<folder>` for `openStore`. */
export const open: OpenBackend = async (target) =>
  await openJsonSessionStore({ ...target.options, path: targetPath(target) });

/**
 * Reads one session file that lies anywhere, without a store around it.
 *
 * @throws {StoreIoError} STORE_IO when there is no such file
 * @throws {SessionCorruptedError} SESSION_CORRUPTED
 */
export async function readSessionFile<M extends object = Message, S extends object = JsonObject>(
  path: string,
): Promise<SessionSnapshot<M, S>> {
  return await readSessionFileWith(jsonCodec, path);
}

/**
 * What the store in a folder takes up: sessions, messages, and bytes by what they are for. Reads the end of each session, and all
 * of one that was edited by hand; writes nothing; a folder that is not there counts zero.
 *
 * @throws {StoreIoError} STORE_IO for a folder that cannot be looked into
 */
export async function storageFigures(path: string): Promise<StorageFigures> {
  return await storageFiguresWith(jsonCodec, path);
}
