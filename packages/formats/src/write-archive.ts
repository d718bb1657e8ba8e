import { type Message, type SessionSnapshot, startDigest } from "@agent-sessions/core";
import { ARCHIVE_FORMAT, ARCHIVE_KIND } from "./archive-reader.js";

/**
 * Our own archive, line by line, each with its final newline: what `readSessions` reads as format `agent-sessions`, and every
 * store can restore exactly. Holds one entry at a time in memory.
 *
 * @example
 * ```ts
 * for await (const line of writeArchive([await snapshotOf(store, id)])) process.stdout.write(line);
 * ```
 */
export async function* writeArchive<M extends object = Message, S extends object = object>(
  snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>,
): AsyncGenerator<string> {
  yield line({ kind: ARCHIVE_KIND, format: `${ARCHIVE_FORMAT.major}.${ARCHIVE_FORMAT.minor}` });
  let sessions = 0;
  let messages = 0;
  for await (const { head, entries } of snapshots) {
    yield line({ session: head });
    const digest = startDigest(head);
    let count = 0;
    for await (const entry of entries) {
      digest.add(entry);
      yield line({ entry });
      count++;
    }
    yield line({ sealed: { id: head.id, messages: count, sha256: digest.end() } });
    sessions++;
    messages += count;
  }
  yield line({ end: { sessions, messages } });
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
