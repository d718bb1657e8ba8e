import type { SessionHead } from "@agent-sessions/core";
import { ARCHIVE_FORMAT, ARCHIVE_KIND, ArchiveReader, type ArchiveRecord } from "./archive-reader.js";
import { isObject } from "./json-object.js";
import { MalformedFileError } from "./malformed-file-error.js";
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
 * {"end":{"sessions":1,"messages":1}}
 * ```
 *
 * A session that does not fit its seal rejects with SESSION_CORRUPTED while its entries are read, so that `restore` keeps none
 * of it; the sessions behind it are read on.
 */
export const archive: SessionFormat = {
  name: "agent-sessions",

  async recognise(file: SourceFile): Promise<Recognition> {
    return (await file.start()).startsWith(`{"kind":"${ARCHIVE_KIND}"`) ? "session" : "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const reader = new ArchiveReader(file.path);
    try {
      reader.passesOverUnknown = checkFormat(await reader.next()) > ARCHIVE_FORMAT.minor;
      let sessions = 0;
      let messages = 0;
      let isWhole = true;
      for (let record = await reader.next(); record !== null; record = await reader.next()) {
        const { session, end } = record.fields;
        if (isObject(end)) {
          const fits = end["sessions"] === sessions && (end["messages"] === messages || !isWhole);
          if (!fits)
            yield { damage: { line: record.line, reason: "does not hold all that its last line counts" } };
          if ((await reader.next()) !== null) yield { damage: { line: reader.line, reason: BEHIND_END } };
          return;
        }
        sessions++;
        if (!isObject(session) || typeof session["id"] !== "string") {
          yield { damage: { line: record.line, reason: "holds a record where a session should begin" } };
          await reader.skipSession();
          isWhole = false;
          continue;
        }
        const head = session as unknown as SessionHead;
        const entries = new SealedEntries(reader, head, file.path, record);
        yield { snapshot: { head, entries } };
        const reason = await entries.drain();
        if (reason !== null) yield { damage: { line: reader.line, reason } };
        if (entries.isBroken) {
          await reader.skipSession();
          isWhole = false;
        }
        messages += entries.count;
      }
      yield {
        damage: {
          line: reader.line,
          reason: "ends early: its last line is missing, and perhaps whole sessions with it",
        },
      };
    } finally {
      await reader.close();
    }
  },
};

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
