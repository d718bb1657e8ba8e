import fs from "node:fs";
import { type Commit, copyJson, type StoredHead } from "@agent-sessions/core/backend";
import type { OpenSession } from "./file-store.js";
import type { EncodedRecord } from "./log-encode.js";
import { type Footer, isPart } from "./log-footer.js";
import type { LogHeader } from "./log-record.js";
import type { LogSource } from "./log-source.js";
import { type LogState, readHeaderAndHead } from "./log-state.js";

/** So many logs are remembered by a store. */
const MAX_LOGS = 256;
/** A longer head, or ending, in bytes, is read again each time rather than kept. */
const MAX_PIECE_BYTES = 16 * 1024;

/** What a store's own last commit left of a log: all that its next one needs to know, if nobody touches the file in between. */
export interface LastCommit {
  readonly header: LogHeader;
  /** The newest head that was written, a copy of its own: its counters are those of the footer. */
  readonly head: StoredHead;
  readonly footer: Footer;
  readonly headerBytes: Buffer;
  /** The pieces of the file that say all of this. The last is its ending. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly start: number;
  readonly bytes: Buffer;
}

/** An open session that is to be written to. */
export interface ResumedSession extends OpenSession {
  /** This store's last commit, when the state is as that left it. */
  readonly before?: LastCommit;
}

/** The last commits of one store, by the paths of their logs. */
export class LogMemory {
  readonly #commits = new Map<string, LastCommit>();

  of(path: string): LastCommit | null {
    return this.#commits.get(path) ?? null;
  }

  /** @param commit null when it is not to be remembered */
  keep(path: string, commit: LastCommit | null): void {
    if (commit === null) {
      this.#commits.delete(path);
      return;
    }
    if (this.#commits.size >= MAX_LOGS && !this.#commits.has(path)) this.#commits.clear();
    this.#commits.set(path, commit);
  }
}

/**
 * What is to be remembered of a commit whose record has been written; null when its head is too long. It may be made before the record is
 * on disk, and must not be kept before.
 */
export function lastCommit(
  { source, before }: ResumedSession,
  commit: Commit,
  record: EncodedRecord,
): LastCommit | null {
  const { footer, ending } = record;
  if (isPart(footer) || Math.max(ending.length, footer.head[1] - footer.head[0]) > MAX_PIECE_BYTES)
    return null;
  // A copy: what is kept must not keep all of the record, which may be long, in memory.
  const last = { start: footer.size - ending.length, bytes: Buffer.from(ending) };
  if (before === undefined) return readAgain(source, footer, last);
  const { header, headerBytes } = before;
  if (!commit.headChanged) {
    const pieces = [...before.pieces.slice(0, -1), last];
    return { header, head: before.head, footer, headerBytes, pieces };
  }
  const recordStart = footer.size - record.bytes.length;
  const [start, end] = footer.head;
  const headBytes = Buffer.from(record.bytes.subarray(start - recordStart, end - recordStart));
  const pieces = [...joined(headerBytes, { start, bytes: headBytes }), last];
  return { header, head: headWith(commit.head, footer), footer, headerBytes, pieces };
}

/** As `lastCommit` for a store's first to a log: what its bytes say now, and not what they said when it was opened. */
function readAgain(source: LogSource, footer: Footer, last: Piece): LastCommit | null {
  try {
    const read = readHeaderAndHead(source, footer);
    if (read === null) return null;
    const { header, headerBytes, head, headBytes } = read;
    const pieces = [...joined(headerBytes, { start: footer.head[0], bytes: headBytes }), last];
    return { header, head, footer, headerBytes, pieces };
  } catch {
    // What was written is written: the next one who opens the file says what is wrong with it.
    return null;
  }
}

/** The header and the head as one piece where one follows the other, as it does until the head has changed. */
function joined(headerBytes: Buffer, head: Piece): Piece[] {
  return head.start === headerBytes.length
    ? [{ start: 0, bytes: Buffer.concat([headerBytes, head.bytes]) }]
    : [{ start: 0, bytes: headerBytes }, head];
}

/** Reused by every comparison, and a byte longer than any piece. */
const compared = Buffer.allocUnsafeSlow(2 * MAX_PIECE_BYTES + 1);

/**
 * Whether a log is as its store's last commit left it: whether all that the commit's state was read from stands where it stood, and the
 * file ends where it ended. Its times are not asked for: they cost more than these bytes do, and their clock may stand still between two
 * changes. What else somebody has changed, a message, for example, no commit needs to know.
 */
export function isAsLeft(fd: number, { pieces }: LastCommit): boolean {
  return pieces.every(({ start, bytes }, index) => {
    // What follows the ending would be read along with it.
    const wanted = index === pieces.length - 1 ? bytes.length + 1 : bytes.length;
    const length = fs.readSync(fd, compared, 0, wanted, start);
    return length === bytes.length && bytes.compare(compared, 0, length) === 0;
  });
}

/** The state of a log that is as its store's last commit left it. */
export function resumedState({ header, head, footer }: LastCommit): LogState {
  const { size } = footer;
  return {
    header,
    head: headWith(head, footer),
    footer,
    end: size,
    size,
    gap: "",
    isTorn: false,
    scan: null,
  };
}

/** A head that shares nothing with the given one, and has the counters of a footer. */
function headWith(head: StoredHead, footer: Footer): StoredHead {
  const { parent } = head;
  return {
    id: head.id,
    namespace: head.namespace,
    title: head.title,
    preview: head.preview,
    labels: [...head.labels],
    metadata: copyJson(head.metadata),
    pinned: head.pinned,
    archived: head.archived,
    parent: parent === null ? null : { id: parent.id, messageCount: parent.messageCount },
    usage: copyJson(footer.usage),
    messageCount: footer.messageCount,
    revision: footer.revision,
    createdAt: head.createdAt,
    updatedAt: footer.at,
    state: copyJson(head.state),
    epoch: footer.epoch,
    previewSeq: head.previewSeq,
    extra: copyJson(head.extra),
  };
}
