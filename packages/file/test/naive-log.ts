import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { readHeader, readRecord } from "../src/log-record.js";
import type { Piece } from "./engine-fixture.js";

/** What a session says, as somebody would work it out who knows the format and trusts no counter and no offset in it. */
export interface NaiveSession {
  readonly messages: readonly JsonObject[];
  readonly head: JsonObject;
}

/**
 * Reads a log the slow way: every record parsed by itself, one after another, and a torn end left out.
 *
 * @throws when a record is not what the format says
 */
export function readNaively(pieces: readonly Piece[]): NaiveSession {
  const [header, ...rest] = committed(pieces);
  readHeader(header);
  if (rest.length === 0) throw new Error("nothing was committed");
  let live: { readonly claimed: number; readonly message: JsonObject }[] = [];
  let head: JsonObject = {};
  let claimed = 0;
  let isUnfinished = false;
  for (const value of rest) {
    const { keep, head: newHead, entries, footer, isFooterSealed } = readRecord(value);
    if (keep !== null) {
      live = live.filter((entry) => entry.claimed <= keep);
      claimed = keep;
    }
    // What the writer called the last of them, when it said so: later records count from there.
    const isClaim = footer !== null && isFooterSealed && footer.messageCount >= claimed;
    const last = isClaim ? footer.messageCount : claimed + entries.length;
    for (const [index, { message }] of entries.entries())
      live.push({ claimed: Math.min(claimed + index + 1, last), message });
    claimed = last;
    if (newHead !== null) head = footer === null ? { ...head, ...newHead } : newHead;
    isUnfinished = footer?.revision === 0;
  }
  if (isUnfinished) throw new Error("the last part of a rewritten log is missing");
  return { messages: live.map(({ message }) => message), head };
}

function committed(pieces: readonly Piece[]): JsonValue[] {
  const solid = pieces.filter(({ text }) => text.replaceAll("\0", "").trim() !== "" || text.includes("\0"));
  const values: JsonValue[] = [];
  for (const [index, piece] of solid.entries()) {
    const isLast = index === solid.length - 1;
    const isTorn = isLast && (piece.text.includes("\0") || (!piece.isClosed && !isComplete(piece)));
    if (isTorn) break;
    const value = piece.parse();
    if (value !== undefined) values.push(value);
  }
  return values;
}

function isComplete(piece: Piece): boolean {
  try {
    const value = piece.parse();
    return value === undefined || readRecord(value).footer !== null;
  } catch {
    return false;
  }
}
