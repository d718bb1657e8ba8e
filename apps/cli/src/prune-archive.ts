import {
  digest,
  type SessionHead,
  type SessionSnapshot,
  type SessionStore,
  SessionStoreError,
  type SessionStoreErrorCode,
  StoreIoError,
  snapshotOf,
} from "@agent-sessions/core";
import { gzipLines, readSessions, writeArchive } from "@agent-sessions/formats";
import { hold } from "./held-entries.js";
import { writeNewFile } from "./write-new-file.js";

/**
 * Writes sessions into a new archive, makes it durable, and reads it back: each session in it has to be equal, by digest, to the one in
 * the store, unless somebody has changed or deleted that one meanwhile; what changes while it is read is left out. The archive stays
 * when that fails: it may be the only copy of something.
 *
 * @throws {StoreIoError} STORE_IO when it does not read back as it should
 */
export async function archiveForPrune(
  store: SessionStore,
  sessions: AsyncIterable<SessionSnapshot>,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const written = new Set<string>();
  async function* noted(): AsyncGenerator<SessionSnapshot> {
    for await (const { head, entries } of sessions) {
      await using held = await unless(
        ["SESSION_NOT_FOUND", "SESSION_CONFLICT"],
        async () => await hold(entries),
      );
      if (held === null) continue;
      yield { head, entries: held.entries };
      written.add(head.id);
    }
  }
  const lines = writeArchive(noted());
  await writeNewFile(file, file.endsWith(".gz") ? gzipLines(lines) : lines);
  await checkArchive(store, file, written, signal);
}

/** @param missing the ids that have to be in it */
async function checkArchive(
  store: SessionStore,
  file: string,
  missing: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const item of readSessions(file, { format: "agent-sessions", signal })) {
    if (item.kind !== "session") throw unsound(file, item.reason);
    const { head } = item.snapshot;
    const archived = await digest(item.snapshot);
    if (archived !== (await storedDigest(store, head.id)) && !(await isOvertaken(store, head)))
      throw unsound(file, `session ${JSON.stringify(head.id)} is not what is stored`);
    missing.delete(head.id);
  }
  const [lost] = missing;
  if (lost !== undefined) throw unsound(file, `session ${JSON.stringify(lost)} is missing`);
}

/** Null for a session that is gone. */
async function storedDigest(store: SessionStore, id: string): Promise<string | null> {
  return await unless(["SESSION_NOT_FOUND"], async () => await digest(await snapshotOf(store, id)));
}

/** Whether the session is gone, or another than when it was archived: then it is not deleted, and what was archived is one more copy. */
async function isOvertaken(store: SessionStore, archived: SessionHead): Promise<boolean> {
  const present = await unless(["SESSION_NOT_FOUND"], async () => await store.head(archived.id));
  return present?.revision !== archived.revision || present.createdAt !== archived.createdAt;
}

/** What is read; null where that ends with one of these errors. */
async function unless<T>(codes: readonly SessionStoreErrorCode[], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (SessionStoreError.is(error) && codes.includes(error.code)) return null;
    throw error;
  }
}

function unsound(file: string, reason: string): StoreIoError {
  const message = `The archive ${file} does not read back as it was written: ${reason}. Nothing was deleted; try again with another --archive.`;
  return new StoreIoError(message, { location: file });
}
