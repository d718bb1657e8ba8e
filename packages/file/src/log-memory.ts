import type { JsonObject } from "@agent-sessions/core";
import { copyJson, type StoredHead } from "@agent-sessions/core/backend";
import type { EncodedRecord } from "./log-encode.js";
import { type Footer, isPart } from "./log-footer.js";
import { headFields, type LogHeader, toStoredHead } from "./log-record.js";
import type { LogSource } from "./log-source.js";
import type { LogState } from "./log-state.js";
import { type FileStamp, isSameStamp } from "./open-file.js";

/** So many logs are remembered by a store. */
const MAX_LOGS = 256;
/** A longer head, in bytes, is read again each time rather than kept. */
const MAX_HEAD_BYTES = 16 * 1024;

/** What a store's own last commit left of a log: all that its next one needs to know, if nobody touches the file in between. */
export interface LastCommit {
  /** Of the file, with that commit in it. */
  readonly stamp: FileStamp;
  readonly header: LogHeader;
  /** The fields of the newest head: a copy of their own. */
  readonly head: JsonObject;
  readonly footer: Footer;
  /** The bytes with which the file ends: those of the footer. */
  readonly ending: Buffer;
}

/** The last commits of one store, by the paths of their logs. */
export class LogMemory {
  readonly #commits = new Map<string, LastCommit>();

  of(path: string): LastCommit | null {
    return this.#commits.get(path) ?? null;
  }

  /**
   * @param before the commit before this one, when nobody has touched the file in between
   * @param header of the log
   * @param head as it is with the commit; `isNew` when that commit wrote its fields
   */
  keep(
    source: LogSource,
    before: LastCommit | null,
    header: LogHeader,
    head: { readonly stored: StoredHead; readonly isNew: boolean },
    { footer, ending }: EncodedRecord,
  ): void {
    const { file } = source;
    const stamp = file.stamp();
    if (isPart(footer) || stamp.size !== footer.size || footer.head[1] - footer.head[0] > MAX_HEAD_BYTES) {
      this.#commits.delete(file.path);
      return;
    }
    if (this.#commits.size >= MAX_LOGS && !this.#commits.has(file.path)) this.#commits.clear();
    const fields = before !== null && !head.isNew ? before.head : copyJson(headFields(head.stored));
    this.#commits.set(file.path, { stamp, header, head: fields, footer: ownFooter(footer), ending });
  }
}

/**
 * The state of a log as its store's last commit left it; null when the file bears another stamp since, or another ending. That ending is
 * read, because the clock of stamps ticks in milliseconds: whatever else was changed in place within one tick of the commit is left as
 * it is by the next one, too.
 */
export function resumeLog({ file }: LogSource, last: LastCommit | null): LogState | null {
  if (last === null || !isSameStamp(last.stamp, file.openedStamp)) return null;
  const { header, footer, ending } = last;
  const end = footer.size;
  if (!file.readSync(end - ending.length, end).equals(ending)) return null;
  const head = toStoredHead(header, copyJson(last.head), footer);
  return { header, head, footer, end, size: end, gap: "", isTorn: false, scan: null };
}

/** The counters came from a head, which is somebody else's by now. */
function ownFooter(footer: Footer): Footer {
  return { ...footer, usage: { ...footer.usage } };
}
