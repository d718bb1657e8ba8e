import type { JsonValue } from "@agent-sessions/core";

/**
 * A text format for records. The engine puts records one after another and finds them again; a codec only says what one looks like.
 *
 * Every codec keeps this: a record is a sequence of top-level fields, the last of which is `footer`, on one line as plain JSON, which
 * itself ends with `"check":"<8 hex digits>"`. When a person has moved a footer, only parsing the whole record can tell what is in it.
 * Where a record ends can be told from its bytes alone, and what closes it never occurs inside a value.
 */
export interface RecordCodec {
  /** The backend's name, for example `json`. */
  readonly name: string;
  /** Of session files, without the dot; also part of the names of index, lock and staging folders. */
  readonly extension: string;
  /** Transcripts are read and parsed in pieces of about so many bytes: as much as parses well within 20 ms. */
  readonly batchBytes: number;

  /**
   * For a codec that can do without its parser for a while: loads it, and is undefined once it is there. The engine waits for it before it
   * reads entries or writes; only heads and headers are looked at before, and what throws {@link CodecNotLoadedError} then is tried again.
   */
  load?(): Promise<void> | undefined;

  /** One field, in the form in which fields follow one another in a record. */
  encodeField(key: string, value: JsonValue, isFirst: boolean): string;
  /** What closes a record without footer: the header. */
  readonly headerEnd: string;
  /** The footer field from its JSON text, and what closes the record. */
  encodeFooter(json: string, isFirst: boolean): string;
  /**
   * The record in a text, `undefined` when it holds none (blank lines, comments).
   * @throws {RecordSyntaxError} for text that is not in this format, or uses what is refused for safety
   * @throws {CodecNotLoadedError}
   */
  decodeRecord(text: string): JsonValue | undefined;
  /**
   * Many records at once, the first of which begins at `from` and each other one where the one before it ends: faster than one by one.
   * Null when any of them cannot be read or is blank. Leave out `footer` if that pays.
   */
  decodeRecords?(bytes: Buffer, from: number, ends: readonly number[]): JsonValue[] | null;
  /** The value of a field from the text that `encodeField` made. @throws {RecordSyntaxError} @throws {CodecNotLoadedError} */
  decodeField(text: string, key: string): JsonValue | undefined;

  /** Where the record that begins at `from` ends, what closes it included; -1 when these bytes do not close it. */
  findEnd(bytes: Buffer, from: number): number;
  /** Where the record that ends at `end` begins: the last end of another record before it; -1 when there is none in these bytes. */
  findStart(bytes: Buffer, end: number): number;
  /** The JSON text of the footer of the record in `bytes` from `start` to `end`, closed or not; null when it has no complete one. */
  footerText(bytes: Buffer, start: number, end: number): string | null;
  /** The value of `keep` at the very start of the record, null when it has none, undefined when only parsing can tell. */
  glanceKeep(bytes: Buffer, start: number, end: number): number | null | undefined;
  /**
   * Whether a text in this format, a character a byte, may spell a printable ASCII character in another way than as itself: by its number,
   * say. Quotes, backslashes and slashes do not count. True when in doubt: such a text is then read instead of being searched as it is.
   */
  mayRespell(text: string): boolean;
  /** Where the first list or map of a record that can be read lies on the given level, the record itself being 1. Without it, line 1, column 1. */
  placeOfLevel?(text: string, level: number): { readonly line: number; readonly column: number };
  /** What must be written after `text`, the last piece of a file, so that another record can follow; "" when it is closed. */
  closingFor(text: string): string;
}

/** A record that cannot be parsed. Lines and columns count from 1 within the record's own text. */
export class RecordSyntaxError extends Error {
  override readonly name = "RecordSyntaxError";
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number, options?: ErrorOptions) {
    super(reason, options);
    this.line = line;
    this.column = column;
  }
}

/** Only the codec's parser can tell, and it was not loaded yet. */
export class CodecNotLoadedError extends Error {
  override readonly name = "CodecNotLoadedError";
}

/** A record whose lists and maps lie deeper in one another than is read, or than the format's parser can stand. */
export class RecordTooDeepError extends RecordSyntaxError {
  constructor(line: number, column: number, options?: ErrorOptions) {
    super("it is nested too deeply", line, column, options);
  }
}
