import fs from "node:fs";
import { StoreIoError } from "@agent-sessions/core";
import type { Commit } from "@agent-sessions/core/backend";
import { BackwardRecords } from "./log-chunks.js";
import { type EncodedRecord, encodeRecord, type FieldSpans } from "./log-encode.js";
import { type FooterDraft, readFooter } from "./log-footer.js";
import { headFields, type Operation } from "./log-record.js";
import type { LogSource } from "./log-source.js";
import { type LogState, parseJson } from "./log-state.js";
import { reasonOf } from "./open-file.js";
import { writeAllSync } from "./private-files.js";

/** A commit as bytes to be added to a log. */
export interface PlannedAppend {
  readonly bytes: Buffer;
  /** How much of the log would then be history. */
  readonly dead: number;
  /** The file's size afterwards. */
  readonly size: number;
  readonly record: EncodedRecord;
}

/**
 * The record that adds a commit to a log.
 *
 * @param operations what the log remembers, when its offsets no longer hold; empty otherwise
 */
export function planAppend(
  source: LogSource,
  state: LogState,
  commit: Commit,
  operations: readonly Operation[],
): PlannedAppend {
  const { footer, end, gap, scan } = state;
  const { head } = commit;
  // After an edit by hand no pointer into the log holds, so what they point to is written anew.
  const isAfterEdit = scan !== null;
  const keep = commit.keep < state.head.messageCount ? commit.keep : null;
  const newHead = commit.headChanged || isAfterEdit ? headFields(head) : null;
  const dead = footer.dead + (newHead === null || isAfterEdit ? 0 : footer.head[1] - footer.head[0]);
  const total = keep === null ? dead : Math.max(dead, deadAfterCut(source, state, keep));
  const start = end + Buffer.byteLength(gap);
  const footerFor = (spans: FieldSpans): FooterDraft => ({
    revision: head.revision,
    messageCount: head.messageCount,
    size: 0,
    // The head is handed on to the caller, and the footer may be kept.
    usage: { ...head.usage },
    at: head.updatedAt,
    epoch: head.epoch,
    head: spans.head ?? footer.head,
    operation: spans.operation,
    cuts: footer.cuts + (keep === null ? 0 : 1),
    dead: total,
    foreign: footer.foreign,
    extra: footer.extra,
  });
  const draft = {
    keep,
    head: newHead,
    operations: isAfterEdit ? operations : [],
    operation: commit.operation,
    entries: commit.entries.map(({ at, message }) => ({ at, message })),
    foreign: null,
  };
  const before = isAfterEdit ? null : footer.operation;
  const record = encodeRecord(source.codec, draft, start, before, footerFor);
  const bytes = gap === "" ? record.bytes : Buffer.concat([Buffer.from(gap), record.bytes]);
  return { bytes, dead: total, size: record.footer.size, record };
}

/**
 * Adds bytes to a log, whose torn end, if it had one, has been set aside. Returns null when that is all, or else what waits until they
 * are on disk. When anything fails, the file is as long as it was.
 */
export function appendBytes(
  source: LogSource,
  state: LogState,
  bytes: Buffer,
  isDurable: boolean,
): Promise<void> | null {
  const { fd } = source.file;
  try {
    writeAllSync(fd, bytes, state.end);
  } catch (error) {
    throw withdrawn(source, state, error);
  }
  if (!isDurable) return null;
  return new Promise((resolve, reject) =>
    fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(withdrawn(source, state, error)))),
  );
}

/** Takes what was written away again, because of an error. */
function withdrawn({ file, sessionId }: LogSource, { end }: LogState, cause: unknown): StoreIoError {
  try {
    fs.ftruncateSync(file.fd, end);
  } catch {
    // The bytes that stay are a torn tail, which every reader knows.
  }
  return new StoreIoError(`Writing to ${file.path} failed: ${reasonOf(cause)}. Nothing was changed.`, {
    cause,
    sessionId,
    location: file.path,
  });
}

/**
 * About how many bytes of the log are history once its entries after `keep` are: the records that only held such entries, and what was
 * history before. Looks at the dropped records' footers only; usually there is one, and it is the last.
 */
function deadAfterCut(source: LogSource, state: LogState, keep: number): number {
  if (state.scan !== null) return 0;
  const { codec } = source;
  const records = new BackwardRecords(source, state.end);
  const whole = { start: state.end, dead: state.footer.dead };
  /** A record with entries after `keep`; whether it has others too, the record before it tells. */
  let candidate: { readonly start: number; readonly dead: number } | null = null;
  for (let record = records.next(); record !== null; record = records.next()) {
    const { bytes, start, end, base } = record;
    const json = codec.footerText(bytes, start, end);
    const footer = json === null ? null : readFooter(parseJson(json));
    const count = footer?.messageCount ?? 0;
    if (candidate !== null && count >= keep) Object.assign(whole, candidate);
    if (footer === null || count <= keep) break;
    candidate = { start: base + start, dead: "dead" in footer ? footer.dead : 0 };
    const ownKeep = codec.glanceKeep(bytes, start, end);
    if (typeof ownKeep === "number") {
      if (ownKeep >= keep) Object.assign(whole, candidate);
      if (ownKeep <= keep) break;
    }
  }
  return whole.dead + state.end - whole.start;
}
