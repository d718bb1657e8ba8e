import type { Entry, JsonObject, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { VERBATIM } from "./foreign-value.js";

/** Every format that can be written, but for our own archive; `html` and `markdown` are for people. */
export type WritableFormat =
  | "claw-json"
  | "claw-jsonl"
  | "claw-port"
  | "flowr"
  | "hermes-webui"
  | "html"
  | "markdown"
  | "registry-review";

/** One session as a file, or a folder of files, of another tool. */
export interface WrittenForm {
  /** The file's or folder's name, relative to the folder that is written into. */
  readonly path: string;
  /** The file's content in pieces; or, for a folder, that of each file by its relative path. */
  readonly content: AsyncIterable<string> | Iterable<string> | ReadonlyMap<string, string | Uint8Array>;
  /** What of the session the format has no place for. Complete once the content was read. */
  readonly notHeld: readonly string[];
}

/** How sessions become files of one format. */
export interface SessionWriter {
  /** @throws {UnwritableError} for a session that the format cannot hold at all */
  form(snapshot: SessionSnapshot): Promise<WrittenForm>;
  /** Looks at the folder before anything is written. @throws when it cannot be written into */
  prepare?(folder: string): Promise<void>;
  /** What belongs to all sessions of a folder, once they are written: an index, say. */
  finish?(folder: string, heads: readonly SessionHead[]): Promise<void>;
}

/** A session cannot be written in a format. Internal: `writeSessions` reports it. */
export class UnwritableError extends Error {
  override readonly name = "UnwritableError";
}

/** What a format holds of a session's head. */
export interface Holds {
  readonly title?: boolean;
  readonly flags?: boolean;
  readonly parent?: boolean;
  readonly usage?: boolean;
  readonly metadata: readonly string[];
  /** The keys of `state`; null for all of them. */
  readonly state: readonly string[] | null;
}

/** What a format leaves out of a head, as paths into it. Namespace and revision are the store's own, and no tool's. */
export function headNotHeld(head: SessionHead, holds: Holds): string[] {
  const metadata = Object.keys(head.metadata).filter(
    (key) => !["source", "fileStem", ...holds.metadata].includes(key),
  );
  const state = holds.state;
  const stateKeys =
    state === null ? [] : Object.keys(head.state).filter((key) => key !== VERBATIM && !state.includes(key));
  return [
    ...(head.title !== "" && holds.title !== true ? ["title"] : []),
    ...(head.labels.length > 0 ? ["labels"] : []),
    ...(head.pinned && holds.flags !== true ? ["pinned"] : []),
    ...(head.archived && holds.flags !== true ? ["archived"] : []),
    ...(head.parent !== null && holds.parent !== true ? ["parent"] : []),
    ...(Object.values(head.usage).some((count) => count > 0) && holds.usage !== true ? ["usage"] : []),
    ...metadata.map((key) => `metadata.${key}`),
    ...stateKeys.map((key) => `state.${key}`),
  ];
}

/** The counters of `usage` that a format has no place for. */
export function countersBut(head: SessionHead, held: readonly string[]): string[] {
  const lost = Object.entries(head.usage).filter(([counter, count]) => count > 0 && !held.includes(counter));
  return lost.map(([counter]) => `usage.${counter}`);
}

/** Whether a session came out of the format's own files, whose other keys `state` then holds. */
export function isFrom(head: SessionHead, source: string): boolean {
  return head.metadata["source"] === source;
}

/** Any file name that no system refuses. */
const FILE_STEM = /^(?!\.)[^/\\\0]+$/;
const FILE_STEM_RULE = "at most 200 bytes, no slashes, no dot at the beginning";
/** A name of 255 bytes is the longest anywhere; the extension and a name for the time of writing need some. */
const MAX_STEM_BYTES = 200;

/** The name of a session's file: the one it came from, or its id. @throws {UnwritableError} when `pattern` refuses it */
export function fileStemOf(
  head: SessionHead,
  pattern: RegExp = FILE_STEM,
  rule: string = FILE_STEM_RULE,
): string {
  const known = head.metadata["fileStem"];
  const fits = (stem: string): boolean => pattern.test(stem) && Buffer.byteLength(stem) <= MAX_STEM_BYTES;
  const stem = typeof known === "string" && fits(known) ? known : head.id;
  if (fits(stem)) return stem;
  throw new UnwritableError(`its id cannot be a file's name there: ${rule}`);
}

/** All messages of a session, for formats that are one document. */
export async function messagesOf(snapshot: SessionSnapshot): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of snapshot.entries) entries.push(entry);
  return entries;
}

/** `object` without some of its keys. */
export function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key))) as JsonObject;
}
