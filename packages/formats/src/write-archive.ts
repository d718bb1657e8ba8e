import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type Message, type SessionSnapshot, startDigest } from "@agent-sessions/core";
import { checkOptions, wholeEntries } from "@agent-sessions/core/backend";
import { ARCHIVE_FORMAT, ARCHIVE_KIND } from "./archive-reader.js";
import { checkRedaction, type Redaction } from "./redaction.js";

export interface WriteArchiveOptions {
  /** Takes secrets out of what is written; the archive says so, and how many there were. @default nothing is taken out */
  readonly redaction?: Redaction | undefined;
}

/**
 * Our own archive, line by line, each with its final newline: what `readSessions` reads as format `agent-sessions`, and every
 * store can restore exactly. Holds one entry at a time in memory, and the digest of each session. What it throws ends the lines
 * before the session's seal: such an archive is one that was cut off, and reads as that.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for an unknown option; INVALID_VALUE when the entries of a session are not all that its
 * head counts; and what reading a session throws
 *
 * @example
 * ```ts
 * for await (const line of writeArchive([await snapshotOf(store, id)])) process.stdout.write(line);
 * ```
 */
export async function* writeArchive<M extends object = Message, S extends object = object>(
  snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>,
  options: WriteArchiveOptions = {},
): AsyncGenerator<string> {
  const { redaction } = checkOptions("writeArchive", options, CHECKS);
  const format = `${ARCHIVE_FORMAT.major}.${ARCHIVE_FORMAT.minor}`;
  yield line({ kind: ARCHIVE_KIND, format, ...(redaction === undefined ? {} : { redacted: true }) });
  const seals: object[] = [];
  let messages = 0;
  for await (const snapshot of redaction?.of(snapshots) ?? snapshots) {
    const { head } = snapshot;
    yield line({ session: head });
    const digest = startDigest(head);
    for await (const entry of wholeEntries(snapshot)) {
      digest.add(entry);
      yield line({ entry });
    }
    const seal = { id: head.id, messages: head.messageCount, sha256: digest.end() };
    yield line({ sealed: seal });
    seals.push(seal);
    messages += head.messageCount;
  }
  // Again at the end, together: a session that was cut out of the middle, seal and all, can then be named.
  for (const seal of seals) yield line({ manifest: seal });
  const redacted = redaction === undefined ? {} : { redacted: redaction.total };
  yield line({ end: { sessions: seals.length, messages, ...redacted } });
}

const CHECKS = { redaction: checkRedaction };

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
