import type { SessionHead } from "@agent-sessions/core";
import { ArchiveManifest } from "./archive-manifest.js";
import { ARCHIVE_FORMAT, ARCHIVE_KIND, ArchiveReader, type ArchiveRecord } from "./archive-reader.js";
import { gunzippedStart, isGzip, unzip } from "./gzip-file.js";
import { isObject } from "./json-object.js";
import { asMalformed, MalformedFileError } from "./malformed-file-error.js";
import { SealedEntries } from "./sealed-entries.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/**
 * Our own archive, as `writeArchive` makes it: JSON Lines, one whole session after the other, each sealed with its digest.
 *
 * ```jsonl
 * {"kind":"agent-sessions.archive","format":"1.0"}
 * {"session":{"id":"…","title":"…"}}
 * {"entry":{"seq":1,"at":"…","message":{"role":"user","content":"…"}}}
 * {"sealed":{"id":"…","messages":1,"sha256":"…"}}
 * {"manifest":{"id":"…","messages":1,"sha256":"…"}}
 * {"end":{"sessions":1,"messages":1}}
 * ```
 *
 * It may be compressed with gzip. A session that does not fit its seal rejects with SESSION_CORRUPTED while its entries are read, so that `restore` keeps none
 * of it; the sessions behind it are read on.
 */
export const archive: SessionFormat = {
  name: "agent-sessions",

  async recognise(file: SourceFile): Promise<Recognition> {
    const start = (await isGzip(file)) ? await gunzippedStart(file) : await file.start();
    return start.startsWith(`{"kind":"${ARCHIVE_KIND}"`) ? "session" : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    if (!(await isGzip(file))) {
      yield* readArchive(file.path, file.path);
      return;
    }
    await using unzipped = await unzip(file);
    if (unzipped.damage !== null) yield { fileDamage: { line: null, reason: unzipped.damage } };
    yield* readArchive(unzipped.path, file.path);
  },
};

/** @param path the file that is read. @param name the one that is meant, for messages */
async function* readArchive(path: string, name: string): AsyncGenerator<ReadItem> {
  const reader = new ArchiveReader(path);
  try {
    reader.passesOverUnknown = checkFormat(await reader.next()) > ARCHIVE_FORMAT.minor;
    const manifest = new ArchiveManifest();
    for (;;) {
      const record = await reader.next().catch(asMalformed);
      if (record === null) break;
      if (record instanceof MalformedFileError) {
        // Where a session should begin. Those behind it are sound.
        yield { damage: { line: record.line, reason: record.message } };
        manifest.addUnknown();
        await reader.skipSession();
        continue;
      }
      const { end } = record.fields;
      if (isObject(end)) {
        const reason = manifest.checkEnd(end);
        if (reason !== null) yield { fileDamage: { line: record.line, reason } };
        if ((await reader.next()) !== null) yield { fileDamage: { line: reader.line, reason: BEHIND_END } };
        return;
      }
      if ("manifest" in record.fields) {
        const reason = manifest.checkRow(record.fields["manifest"]);
        if (reason !== null) yield { fileDamage: { line: record.line, reason } };
      } else yield* readSession(reader, record, name, manifest);
    }
    yield { fileDamage: { line: reader.line, reason: CUT_OFF } };
  } finally {
    await reader.close();
  }
}

/** @param record the one in front of the session's entries */
async function* readSession(
  reader: ArchiveReader,
  record: ArchiveRecord,
  name: string,
  manifest: ArchiveManifest,
): AsyncGenerator<ReadItem> {
  const { session } = record.fields;
  if (!isObject(session) || typeof session["id"] !== "string") {
    yield { damage: { line: record.line, reason: "holds a record where a session should begin" } };
    await reader.skipSession();
    manifest.addUnknown();
    return;
  }
  const head = session as unknown as SessionHead;
  const entries = new SealedEntries(reader, head, name, record);
  yield { snapshot: { head, entries } };
  const reason = await entries.drain();
  if (reason !== null) yield { damage: { line: reader.line, reason } };
  if (entries.isBroken) await reader.skipSession();
  manifest.addSession(head.id, entries.count, entries.sha256);
}

const CUT_OFF = "ends early: its last line is missing, and perhaps whole sessions with it";

/** As in two archives that were written into one file. */
const BEHIND_END =
  "goes on behind its last line, and what stands there was not read; put it into a file of its own";

/** The minor of an archive's format. @throws {MalformedFileError} for a newer major, or no format at all */
function checkFormat(header: ArchiveRecord | null): number {
  const format = header?.fields["format"];
  const [, major, minor] = (typeof format === "string" ? /^(\d+)\.(\d+)$/.exec(format) : null) ?? [];
  if (major === undefined) throw new MalformedFileError("names no archive format", { line: 1 });
  if (Number(major) === ARCHIVE_FORMAT.major) return Number(minor);
  const reason = `is an archive of format ${major}.${minor}, and ${ARCHIVE_FORMAT.major}.x is what this version reads; update it`;
  throw new MalformedFileError(reason, { line: 1 });
}
