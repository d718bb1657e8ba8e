import {
  type JsonValue,
  SessionCorruptedError,
  SessionStoreError,
  StoreIncompatibleError,
} from "@agent-sessions/core";
import { decodeUtf8 } from "./decode-utf8.js";
import { sessionFileName } from "./file-names.js";
import { CriticalRecordError, LOG_MAJOR, type LogHeader, readHeader } from "./log-record.js";
import type { OpenFile } from "./open-file.js";
import { type RecordCodec, RecordSyntaxError, RecordTooDeepError } from "./record-codec.js";
import { levelTooDeep, MAX_DEPTH } from "./record-depth.js";
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
  /** Messages and states that are nested deeper are refused. */
  readonly maxDepth: number;
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
  const { codec, maxDepth, maxRecordBytes } = source;
  if (end - start > maxRecordBytes) throw recordTooLarge(source, base + start);
  try {
    const text = textOf(bytes, start, end, base);
    const value = codec.decodeRecord(text);
    // Each level takes a character at least.
    const level = text.length > maxDepth ? levelTooDeep(value, maxDepth, text.length) : null;
    if (level === null) return value;
    throw recordTooDeep(source, text, level);
  } catch (error) {
    throw asCorrupted(source, base + start, error);
  }
}

function recordTooDeep({ codec }: LogSource, text: string, level: number): RecordTooDeepError {
  const { line, column } = codec.placeOfLevel?.(text, level) ?? { line: 1, column: 1 };
  return new RecordTooDeepError(line, column);
}

/** However much of a file is read at once: what is refused when it is written is refused when it is read. */
export function recordTooLarge(source: LogSource, offset: number): SessionCorruptedError {
  const reason = `it holds a record of more than ${source.maxRecordBytes} bytes (see the option maxRecordBytes)`;
  return corrupted(source, offset, reason);
}

/** What a codec or a shape check found wrong, as SESSION_CORRUPTED or STORE_INCOMPATIBLE; anything else as it is. */
export function asCorrupted(source: LogSource, offset: number, error: unknown): unknown {
  if (error instanceof RecordTooDeepError) return tooDeep(source, offset, error);
  if (error instanceof RecordSyntaxError) {
    const { line, column } = error;
    return corrupted(source, offset, `${error.message}; ${remedy(source, offset)}`, {
      cause: error,
      line,
      column,
    });
  }
  if (error instanceof RecordShapeError) {
    return corrupted(source, offset, `${error.message}; ${remedy(source, offset)}`, { cause: error });
  }
  if (error instanceof CriticalRecordError) {
    return incompatible(source, `holds a record that only a newer version understands (${error.message})`);
  }
  return error;
}

/** What helps against a record that cannot be read. Of the one that begins a file, which should be the header, repair can write another if anything follows it. */
function remedy({ expected }: LogSource, offset: number): string {
  if (expected === null) return "mend it by hand";
  return offset === 0
    ? "mend it by hand, restore the file from a backup, or try repair(id), which writes the header anew if a record behind it can be read"
    : "mend it by hand, or let repair() set it aside, if anything else in the file can be read";
}

/** Whether an option of the store refuses what can be read: then raising it is all that has to be done, and nothing is to be set aside. */
export function isRefusedByOption(error: unknown): boolean {
  return SessionStoreError.is(error, "SESSION_CORRUPTED") && error.details["option"] !== undefined;
}

function tooDeep(source: LogSource, offset: number, error: RecordTooDeepError): SessionCorruptedError {
  const { maxDepth } = source;
  const place = { cause: error, line: error.line, column: error.column };
  const reason = `it is nested deeper than the ${maxDepth} levels that the option maxDepth allows`;
  if (maxDepth === MAX_DEPTH)
    return corrupted(source, offset, `${reason}, and no more can be; ${remedy(source, offset)}`, place);
  return corrupted(source, offset, `${reason}; raise the option (up to ${MAX_DEPTH}), or mend it by hand`, {
    ...place,
    details: { option: "maxDepth" },
  });
}

/** @throws SESSION_CORRUPTED when it is no header or lies in the wrong place, STORE_INCOMPATIBLE when it is of a newer major */
export function checkHeader(source: LogSource, value: JsonValue | undefined): LogHeader {
  let header: LogHeader;
  try {
    header = readHeader(value);
  } catch (error) {
    throw asCorrupted(source, 0, error);
  }
  if (Number.parseInt(header.format, 10) > LOG_MAJOR) throw ofNewerFormat(source, header);
  const { expected, codec } = source;
  if (expected === null) return header;
  const isInPlace =
    header.namespace === expected.namespace &&
    sessionFileName(header.id, codec.extension) === expected.fileName;
  if (!isInPlace) throw misplaced(source, header);
  return header;
}

function ofNewerFormat(source: LogSource, { format }: LogHeader): StoreIncompatibleError {
  return incompatible(source, `has format ${format}, and this version reads up to ${LOG_MAJOR}.x`);
}

function misplaced(source: LogSource, { id, namespace }: LogHeader): SessionCorruptedError {
  const whose = `session ${JSON.stringify(id)} of namespace ${JSON.stringify(namespace)}`;
  const reason = `it is misplaced: it holds ${whose}, whose place is elsewhere. Move it there, or delete it`;
  return corrupted(source, null, reason, {
    details: { misplaced: true, innerId: id, innerNamespace: namespace },
  });
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
  return decodeUtf8(bytes, from, end);
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
