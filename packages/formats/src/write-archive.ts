import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type Message, type SessionSnapshot, startDigest } from "@agent-sessions/core";
import { ARCHIVE_FORMAT, ARCHIVE_KIND } from "./archive-reader.js";
import type { Redaction } from "./redaction.js";

export interface WriteArchiveOptions {
  /** Takes secrets out of what is written; the archive says so, and how many there were. @default nothing is taken out */
  readonly redaction?: Redaction | undefined;
}

/**
 * Our own archive, line by line, each with its final newline: what `readSessions` reads as format `agent-sessions`, and every
 * store can restore exactly. Holds one entry at a time in memory, and the digest of each session.
 *
 * @example
 * ```ts
 * for await (const line of writeArchive([await snapshotOf(store, id)])) process.stdout.write(line);
 * ```
 */
export async function* writeArchive<M extends object = Message, S extends object = object>(
  snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>,
  { redaction }: WriteArchiveOptions = {},
): AsyncGenerator<string> {
  const format = `${ARCHIVE_FORMAT.major}.${ARCHIVE_FORMAT.minor}`;
  yield line({ kind: ARCHIVE_KIND, format, ...(redaction === undefined ? {} : { redacted: true }) });
  const seals: object[] = [];
  let messages = 0;
  for await (const { head, entries } of redaction?.of(snapshots) ?? snapshots) {
    yield line({ session: head });
    const digest = startDigest(head);
    let count = 0;
    for await (const entry of entries) {
      digest.add(entry);
      yield line({ entry });
      count++;
    }
    const seal = { id: head.id, messages: count, sha256: digest.end() };
    yield line({ sealed: seal });
    seals.push(seal);
    messages += count;
  }
  // Again at the end, together: a session that was cut out of the middle, seal and all, can then be named.
  for (const seal of seals) yield line({ manifest: seal });
  const redacted = redaction === undefined ? {} : { redacted: redaction.total };
  yield line({ end: { sessions: seals.length, messages, ...redacted } });
}

/** The lines of an archive, or any other text, as gzip. `readSessions` knows such an archive by its first bytes. */
export async function* gzipLines(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const zipped = createGzip();
  // What the lines throw, the iteration below rejects with.
  pipeline(Readable.from(lines), zipped, () => undefined);
  yield* zipped as AsyncIterable<Uint8Array>;
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
