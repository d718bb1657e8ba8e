import type { SessionKey } from "@agent-sessions/core/backend";

/*
 * How sessions lie in the one ordered key space of LevelDB:
 *
 *   format                                  the version of this layout
 *   summary     namespace  id               head without state, as JSON
 *   state       namespace  id               state, as JSON
 *   transcript  namespace  id               the name under which the session's entries lie
 *   operations  namespace  id               the last operations and their fingerprints, as JSON
 *   entry       transcript  seq             time and message, as JSON
 *   discarded   transcript                  entries that belong to no session (yet, or any more)
 *
 * The fields of a key are parted by NUL: ids and namespaces hold no control characters. LevelDB orders keys by their UTF-8 bytes.
 */

const SEPARATOR = "\0";
/** Sorts directly behind everything that begins with the separator. */
const AFTER_SEPARATOR = "\x01";
/** As many digits as the largest whole number has, so that entries sort by position. */
const SEQ_DIGITS = 16;

export type SessionPart = "summary" | "state" | "transcript" | "operations";

/** A range of keys, as LevelDB's iterators take it. */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

export const FORMAT_KEY = "format";
export const DISCARDED: KeyRange = under("discarded");
export const SUMMARIES: KeyRange = under("summary");

export function sessionKey(part: SessionPart, { namespace, id }: SessionKey): string {
  return join(part, namespace, id);
}

/** Which session a `summary` key names. */
export function sessionOf(summaryKey: string): SessionKey {
  const [, namespace = "", id = ""] = summaryKey.split(SEPARATOR);
  return { namespace, id };
}

export function summariesIn(namespace: string): KeyRange {
  return under(join("summary", namespace));
}

export function entryKey(transcript: string, seq: number): string {
  return join("entry", transcript, String(seq).padStart(SEQ_DIGITS, "0"));
}

export function entriesOf(transcript: string): KeyRange {
  return under(join("entry", transcript));
}

export function discardedKey(transcript: string): string {
  return join("discarded", transcript);
}

/** Which transcript a `discarded` key names. */
export function transcriptOf(discarded: string): string {
  return discarded.slice(DISCARDED.gte.length);
}

function join(...fields: readonly string[]): string {
  return fields.join(SEPARATOR);
}

function under(prefix: string): KeyRange {
  return { gte: prefix + SEPARATOR, lt: prefix + AFTER_SEPARATOR };
}
