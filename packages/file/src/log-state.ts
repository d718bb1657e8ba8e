import type { JsonValue } from "@agent-sessions/core";
import type { StoredHead } from "@agent-sessions/core/backend";
import { type Footer, isPart, readSealedFooter, type Span } from "./log-footer.js";
import {
  type LogHeader,
  type Operation,
  REMEMBERED_OPERATIONS,
  readOperation,
  readPrevious,
  toStoredHead,
} from "./log-record.js";
import { type LogScan, scanLog } from "./log-scan.js";
import {
  asCorrupted,
  checkHeader,
  corrupted,
  decodeAt,
  incompatible,
  type LogSource,
  textOf,
} from "./log-source.js";
import { CodecNotLoadedError, RecordSyntaxError } from "./record-codec.js";
import { isDeeper, RECORD_LEVELS } from "./record-depth.js";
import { isObject, RecordShapeError } from "./record-shape.js";

/** What an append reads of a log, however long it is. Footers are at most about 6 KiB (64 counters). */
const TAIL_BYTES = 8 * 1024;
const HEADER_BYTES = 4 * 1024;
/** Reused by every tail read, which is synchronous and keeps nothing of them: an allocation of this size costs as much as the read. */
const tailBuffer = Buffer.allocUnsafeSlow(TAIL_BYTES);
const startBuffer = Buffer.allocUnsafeSlow(HEADER_BYTES);

/** A session's log as it was found. */
export interface LogState {
  readonly header: LogHeader;
  readonly head: StoredHead;
  /** The newest footer; worked out again when the file was edited by hand. */
  readonly footer: Footer;
  /** Where the committed records end: torn bytes may follow. */
  readonly end: number;
  /** Of the file, when it was looked at. */
  readonly size: number;
  /** What has to be written first so that another record can follow. */
  readonly gap: string;
  readonly isTorn: boolean;
  /** Set when the file's size is not what its last footer says: no offset in it holds then. */
  readonly scan: LogScan | null;
}

/** The state of a log: at once from its tail when its footer fits, else by reading all of it. */
export function readLogState(source: LogSource): LogState | Promise<LogState> {
  try {
    return readTail(source) ?? readWhole(source, source.file.openedSize);
  } catch (error) {
    if (!(error instanceof CodecNotLoadedError)) throw error;
    return readOnceLoaded(source);
  }
}

async function readOnceLoaded(source: LogSource): Promise<LogState> {
  await source.codec.load?.();
  return await readLogState(source);
}

/** The header alone, with a codec that is loaded. @throws SESSION_CORRUPTED, STORE_INCOMPATIBLE */
export function readHeaderOnly(source: LogSource): LogHeader {
  const start = readStart(source, Buffer.alloc(0), source.file.openedSize);
  if (start === null) throw corrupted(source, 0, "it has no complete header");
  return start.header;
}

/** The state of a log after reading all of it. */
export async function readWhole(
  source: LogSource,
  size: number = source.file.size(),
): Promise<LogState & { readonly scan: LogScan }> {
  const scan = await scanLog(source, size);
  const { header, head, footer, end, gap, isTorn } = scan;
  return { header, head, footer, end, size, gap, isTorn, scan };
}

interface LastCommit {
  readonly footer: Footer;
  readonly end: number;
  readonly gap: string;
  readonly isTorn: boolean;
}

/** The state from the tail alone, in a few small reads; null when the log has to be read whole. */
export function readTail(source: LogSource, size: number = source.file.openedSize): LogState | null {
  for (let length = TAIL_BYTES; ; length *= 4) {
    const base = Math.max(0, size - length);
    const bytes = readPiece(source, tailBuffer, base, size);
    if (bytes.length !== size - base) return null;
    const commit = findLastCommit(source, bytes, base);
    if (commit === "further" && base > 0 && length < source.maxRecordBytes) continue;
    return commit === null || commit === "further" ? null : stateAt(source, commit, size, bytes, base);
  }
}

/** Bytes of the file; in the buffer, where they have room in it. */
function readPiece({ file }: LogSource, buffer: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (length > buffer.length) return file.readSync(start, end);
  return file.readInto(length === buffer.length ? buffer : buffer.subarray(0, length), start);
}

/** Null when there is no header, or no head where the footer says. */
function stateAt(
  source: LogSource,
  { footer, end, gap, isTorn }: LastCommit,
  size: number,
  tail: Buffer,
  base: number,
): LogState | null {
  const start = readStart(source, tail, base);
  if (start === null) return null;
  const { header, bytes } = start;
  if (footer.extra["critical"] === true)
    throw incompatible(source, "was written by a newer version that forbids reading it");
  const known = footer.head[0] >= base ? { bytes: tail, base } : { bytes, base: 0 };
  const head = readHeadAt(source, header, footer, known);
  return head === null ? null : { header, head, footer, end, size, gap, isTorn, scan: null };
}

/**
 * The last commit whose footer says where the file ends: at its very end, or just before bytes that no newer commit closes (a write
 * under way or torn). Null: no footer fits. "further": it may be found further back.
 */
function findLastCommit(source: LogSource, bytes: Buffer, base: number): LastCommit | null | "further" {
  const { codec } = source;
  const closed = codec.findStart(bytes, bytes.length + 1);
  if (closed === -1) return "further";
  const unclosed = closed < bytes.length ? findUnclosedCommit(source, bytes, base, closed) : null;
  if (unclosed !== null) return unclosed;
  const start = Math.max(0, codec.findStart(bytes, closed));
  const footer = fittingFooter(source, bytes, start, closed, base + closed);
  if (footer === null) return start === 0 && base > 0 ? "further" : null;
  if (closed === bytes.length) return { footer, end: base + closed, gap: "", isTorn: false };
  // Blank lines and comments that somebody put there are no record, and nothing that is torn: only reading all of it puts them right.
  if (isNoRecord(source, bytes.subarray(closed))) return null;
  // What closed the record may be the beginning of the torn one.
  const gap = codec.closingFor(bytes.toString("utf8", start, closed));
  return { footer, end: base + closed, gap, isTorn: true };
}

/** A commit that is whole but for what closes it; null when the bytes behind the last closed record are none. */
function findUnclosedCommit(
  source: LogSource,
  bytes: Buffer,
  base: number,
  closed: number,
): LastCommit | null {
  const gap = source.codec.closingFor(bytes.toString("utf8", closed));
  const end = base + bytes.length;
  const footer = fittingFooter(source, bytes, closed, bytes.length, end + Buffer.byteLength(gap));
  return footer === null ? null : { footer, end, gap, isTorn: false };
}

function isNoRecord({ codec }: LogSource, bytes: Buffer): boolean {
  try {
    return !bytes.includes(0) && codec.decodeRecord(bytes.toString("utf8")) === undefined;
  } catch (error) {
    if (error instanceof CodecNotLoadedError) throw error;
    return false;
  }
}

function fittingFooter(
  source: LogSource,
  bytes: Buffer,
  start: number,
  end: number,
  size: number,
): Footer | null {
  const json = source.codec.footerText(bytes, start, end);
  if (json === null) return null;
  // No record holds a NUL; a file system that lost power while it grew a file leaves them.
  const nul = bytes.indexOf(0, start);
  if (nul !== -1 && nul < end) return null;
  const footer = readSealedFooter(json);
  return footer === null || isPart(footer) || footer.size !== size ? null : footer;
}

/** The header, and what was read of the file's beginning to get it. */
function readStart(
  source: LogSource,
  tail: Buffer,
  tailBase: number,
): { readonly header: LogHeader; readonly bytes: Buffer } | null {
  const size = tailBase + tail.length;
  for (let length = HEADER_BYTES; ; length *= 4) {
    // Where the tail begins a few bytes into the file, the header lies in neither part: it is read again, over that place.
    const bytes = tailBase === 0 ? tail : readPiece(source, startBuffer, 0, Math.min(length, size));
    const end = source.codec.findEnd(bytes, 0);
    if (end !== -1) {
      const header = headerIn(source, bytes, end);
      return header === null ? null : { header, bytes };
    }
    if (tailBase === 0 || length >= size) return null;
  }
}

function headerIn(source: LogSource, bytes: Buffer, end: number): LogHeader | null {
  const value = decodeAt(source, bytes, 0, end, 0);
  return value === undefined ? null : checkHeader(source, value);
}

/** What a log's beginning and the bytes of its newest head say; null when they say nothing that a commit can go on from. */
export function readHeaderAndHead(
  source: LogSource,
  footer: Footer,
): {
  readonly header: LogHeader;
  readonly headerBytes: Buffer;
  readonly head: StoredHead;
  readonly headBytes: Buffer;
} | null {
  const [start, end] = footer.head;
  const beginning = source.file.readSync(0, HEADER_BYTES);
  const headBytes =
    end <= beginning.length ? beginning.subarray(start, end) : source.file.readSync(start, end);
  const headerBytes = beginning.subarray(0, Math.max(0, source.codec.findEnd(beginning, 0)));
  const header = headerIn(source, headerBytes, headerBytes.length);
  if (header === null) return null;
  const head = readHeadAt(source, header, footer, { bytes: headBytes, base: start });
  return head === null ? null : { header, headerBytes, head, headBytes };
}

/** Bytes of the file that are in memory already. */
interface KnownBytes {
  readonly bytes: Buffer;
  readonly base: number;
}

/** Null when there is no head where the footer says, for somebody edited the file and kept its size, or one that is too deep: reading all of the log finds the place. */
function readHeadAt(
  source: LogSource,
  header: LogHeader,
  footer: Footer,
  known: KnownBytes,
): StoredHead | null {
  const value = readFieldAt(source, footer.head, "head", known);
  if (!isObject(value)) return null;
  if (isDeeper(value["state"], source.maxDepth, footer.head[1] - footer.head[0])) return null;
  try {
    return toStoredHead(header, value, footer);
  } catch (error) {
    throw asCorrupted(source, footer.head[0], error);
  }
}

function readFieldAt(
  source: LogSource,
  span: Span,
  key: string,
  known: KnownBytes | null,
): JsonValue | undefined {
  const start = span[0];
  const end = span[1];
  const isKnown = known !== null && start >= known.base && end <= known.base + known.bytes.length;
  const { bytes, base } = isKnown ? known : { bytes: source.file.readSync(start, end), base: start };
  try {
    const text = textOf(bytes, start - base, end - base, base);
    const value = source.codec.decodeField(text, key);
    // Reading all of the log finds the place.
    return isDeeper(value, source.maxDepth + RECORD_LEVELS - 1, end - start) ? undefined : value;
  } catch (error) {
    if (error instanceof RecordSyntaxError) return undefined;
    throw error;
  }
}

/** What is remembered of an operation: its fingerprint, or null. */
export async function findOperation(
  source: LogSource,
  state: LogState,
  operationId: string,
): Promise<string | null> {
  const operations = await rememberedOperations(source, state, operationId);
  return operations.findLast((operation) => operation.id === operationId)?.fingerprint ?? null;
}

/** The operations that the log remembers, oldest first; `until` stops at the first with that id, counted from the newest. */
export async function rememberedOperations(
  source: LogSource,
  state: LogState,
  until?: string,
): Promise<readonly Operation[]> {
  if (state.scan !== null) return state.scan.operations;
  return readOperationChain(source, state, until) ?? (await readWhole(source, state.size)).scan.operations;
}

/** Null when the chain is broken, which only an edit by hand can do. */
function readOperationChain(
  source: LogSource,
  state: LogState,
  until: string | undefined,
): Operation[] | null {
  const found: Operation[] = [];
  for (let span = state.footer.operation; span !== null && found.length < REMEMBERED_OPERATIONS; ) {
    try {
      const value = readFieldAt(source, span, "operation", null);
      if (value === undefined) {
        const list = readFieldAt(source, span, "operations", null);
        if (!Array.isArray(list)) return null;
        return [...list.map(readOperation), ...found.reverse()];
      }
      const operation = readOperation(value);
      found.push(operation);
      if (operation.id === until) break;
      span = readPrevious(value);
    } catch (error) {
      if (error instanceof RecordShapeError) return null;
      throw error;
    }
  }
  return found.reverse();
}

export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
