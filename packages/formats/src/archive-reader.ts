import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { isObject } from "./json-object.js";
import { asMalformed, MalformedFileError } from "./malformed-file-error.js";
import { type Line, type LineRange, readLines, textOf } from "./read-lines.js";

/** The first record's `kind`; a file that begins with it is an archive. */
export const ARCHIVE_KIND = "agent-sessions.archive";
/** Written as `1.0`. A newer minor adds fields and records that an older reader passes over; a newer major is refused. */
export const ARCHIVE_FORMAT: { readonly major: number; readonly minor: number } = { major: 1, minor: 0 };

/** One line of an archive. */
export interface ArchiveRecord {
  readonly line: number;
  readonly fields: JsonObject;
  /** Where the next line begins, in bytes. */
  readonly endOffset: number;
}

const KNOWN_RECORDS = ["kind", "session", "entry", "sealed", "manifest", "end"] as const;

/** What follows a session. */
const ENDS_SESSION = ["session", "manifest", "end"] as const;

/** The records of an archive one by one, with one step back. */
export class ArchiveReader {
  readonly #lines: AsyncGenerator<Line>;
  #returned: ArchiveRecord | null = null;
  readonly path: string;
  /** The line read last. */
  line = 0;
  /** Whether records that nobody here knows are passed over, as those of a newer minor are. */
  passesOverUnknown = false;

  constructor(filePath: string, range?: LineRange) {
    this.path = filePath;
    this.#lines = readLines(filePath, range);
  }

  /**
   * The next record; null at the end.
   * @throws {MalformedFileError} for a line that is no JSON object; the call after it goes on behind that line
   */
  async next(): Promise<ArchiveRecord | null> {
    const returned = this.#returned;
    this.#returned = null;
    if (returned !== null) return returned;
    for (;;) {
      const result = await this.#lines.next();
      if (result.done === true) return null;
      this.line = result.value.number;
      const fields = parseRecord(result.value);
      const isKnown = KNOWN_RECORDS.some((name) => Object.hasOwn(fields, name));
      if (isKnown || !this.passesOverUnknown)
        return { line: this.line, fields, endOffset: result.value.endOffset };
    }
  }

  /** Passes over everything up to the next session, the manifest or the end of the archive. */
  async skipSession(): Promise<void> {
    for (;;) {
      try {
        const record = await this.next();
        if (record === null) return;
        if (ENDS_SESSION.some((name) => name in record.fields)) return this.unread(record);
      } catch (error) {
        // More lines of a session that is given up already.
        asMalformed(error);
      }
    }
  }

  /** Gives a record back, to be read again. */
  unread(record: ArchiveRecord): void {
    this.#returned = record;
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined);
  }
}

function parseRecord(line: Line): JsonObject {
  const text = textOf(line);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new MalformedFileError("a line is not JSON", { line: line.number, cause });
  }
  if (isObject(value)) return value;
  throw new MalformedFileError("a line is not a JSON object", { line: line.number });
}
