import { open } from "node:fs/promises";
import path from "node:path";
import {
  digest,
  type SessionSnapshot,
  type SessionStore,
  StoreIoError,
  snapshotOf,
} from "@agent-sessions/core";
import { gzipLines, readSessions, writeArchive } from "@agent-sessions/formats";
import { writeNewFile } from "./write-new-file.js";

/**
 * Writes sessions into a new archive, makes it durable, and reads it back: each session in it has to be equal, by digest, to the one in
 * the store. The archive stays when that fails: it may be the only copy of something.
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
    for await (const session of sessions) {
      yield session;
      written.add(session.head.id);
    }
  }
  const lines = writeArchive(noted());
  await writeNewFile(file, file.endsWith(".gz") ? gzipLines(lines) : lines);
  await syncFolder(path.dirname(path.resolve(file)));
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
    const { id } = item.snapshot.head;
    const archived = await digest(item.snapshot);
    const stored = await digest(await snapshotOf(store, id));
    if (archived !== stored)
      throw unsound(file, `session ${JSON.stringify(id)} is not what is stored (any more)`);
    missing.delete(id);
  }
  const [lost] = missing;
  if (lost !== undefined) throw unsound(file, `session ${JSON.stringify(lost)} is missing`);
}

function unsound(file: string, reason: string): StoreIoError {
  const message = `The archive ${file} does not read back as it was written: ${reason}. Nothing was deleted; try again with another --archive.`;
  return new StoreIoError(message, { location: file });
}

/** The file's name in its folder has to outlive a crash as well. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
