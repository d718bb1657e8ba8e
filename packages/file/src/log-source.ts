import { type JsonValue, SessionCorruptedError, StoreIncompatibleError } from "@agent-sessions/core";
import { decodeUtf8 } from "./decode-utf8.js";
import { sessionFileName } from "./file-names.js";
import { CriticalRecordError, LOG_MAJOR, type LogHeader, readHeader } from "./log-record.js";
import type { OpenFile } from "./open-file.js";
import { type RecordCodec, RecordSyntaxError } from "./record-codec.js";
import { RecordShapeError } from "./record-shape.js";

/** Where a session's file should be: its header must say so too. */
export interface ExpectedPlace {
  readonly namespace: string;
  readonly fileName: string;
}

/** An open session file, and what is needed to read it and to say what is wrong with it. */
export interface LogSource {
  readonly file: OpenFile;
  readonly codec: RecordCodec;
  /** For messages, until the header is read. */
  readonly sessionId: string;
  /** Null for a file that lies anywhere, outside a store. */
  readonly expected: ExpectedPlace | null;
  /** Larger records are refused, in bytes. */
  readonly maxRecordBytes: number;
}

/** SESSION_CORRUPTED at a byte of the file, named as line and column. */
export function corrupted(
  source: LogSource,
  offset: number | null,
  reason: string,
  options: {
    readonly cause?: unknown;
    readonly line?: number;
    readonly column?: number;
    readonly details?: Record<string, JsonValue>;
  } = {},
): SessionCorruptedError {
  const { cause, line = 1, column = 1, details } = options;
  const position =
    offset === null ? null : `line ${lineAt(source.file, offset) + line - 1}, column ${column}`;
  return new SessionCorruptedError(source.sessionId, source.file.path, position, reason, { cause, details });
}

/** The record in a piece of a file; undefined when there is none (blank lines, comments). @throws SESSION_CORRUPTED */
export function decodeAt(
  source: LogSource,
  bytes: Buffer,
  start: number,
  end: number,
  base: number,
): JsonValue | undefined {
  try {
    return source.codec.decodeRecord(textOf(bytes, start, end, base));
  } catch (error) {
    throw asCorrupted(source, base + start, error);
  }
}

/** What a codec or a shape check found wrong, as SESSION_CORRUPTED or STORE_INCOMPATIBLE; anything else as it is. */
export function asCorrupted(source: LogSource, offset: number, error: unknown): unknown {
  if (error instanceof RecordSyntaxError) {
    const { line, column } = error;
    return corrupted(source, offset, `${error.message}; mend it by hand, or let repair() set it aside`, {
      cause: error,
      line,
      column,
    });
  }
  if (error instanceof RecordShapeError) {
    return corrupted(source, offset, `${error.message}; mend it by hand`, { cause: error });
  }
  if (error instanceof CriticalRecordError) {
    return incompatible(source, `holds a record that only a newer version understands (${error.message})`);
  }
  return error;
}

/** @throws SESSION_CORRUPTED when it is no header or lies in the wrong place, STORE_INCOMPATIBLE when it is of a newer major */
export function checkHeader(source: LogSource, value: JsonValue | undefined): LogHeader {
  let header: LogHeader;
  try {
    header = readHeader(value);
  } catch (error) {
    throw asCorrupted(source, 0, error);
  }
  const [major] = header.format.split(".");
  if (Number(major) > LOG_MAJOR) {
    throw incompatible(source, `has format ${header.format}, and this version reads up to ${LOG_MAJOR}.x`);
  }
  const { expected, codec } = source;
  if (expected === null) return header;
  const { id, namespace } = header;
  if (namespace !== expected.namespace || sessionFileName(id, codec.extension) !== expected.fileName) {
    const whose = `session ${JSON.stringify(id)} of namespace ${JSON.stringify(namespace)}`;
    throw corrupted(
      source,
      null,
      `it is misplaced: it holds ${whose}, whose place is elsewhere. Move it there, or delete it`,
      {
        details: { misplaced: true, innerId: id, innerNamespace: namespace },
      },
    );
  }
  return header;
}

export function incompatible(source: LogSource, reason: string): StoreIncompatibleError {
  return new StoreIncompatibleError(
    `The session file ${source.file.path} ${reason}. It was left untouched; open it with a newer version of agent-sessions.`,
    { sessionId: source.sessionId, location: source.file.path },
  );
}

/**
 * The text of a record, without the byte order mark that an editor may have put before the first.
 *
 * @throws {RecordSyntaxError} for bytes that are not UTF-8
 */
export function textOf(bytes: Buffer, start: number, end: number, base: number): string {
  const from =
    base + start === 0 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
      ? start + 3
      : start;
  return decodeUtf8(bytes.subarray(from, end));
}

/** The line, from 1, that holds a byte. */
function lineAt(file: OpenFile, offset: number): number {
  let line = 1;
  for (let start = 0; start < offset; start += LINE_COUNT_BYTES) {
    const bytes = file.readSync(start, Math.min(offset, start + LINE_COUNT_BYTES));
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) line++;
  }
  return line;
}

const LINE_COUNT_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
