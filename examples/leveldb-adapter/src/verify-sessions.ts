import { type Finding, SessionStoreError } from "@agent-sessions/core";
import type { SessionKey, Transcript } from "@agent-sessions/core/backend";
import type { ClassicLevel } from "classic-level";
import { SUMMARIES, sessionOf } from "./keys.js";
import { readBatches } from "./read-batches.js";
import { freezeSession } from "./session-reader.js";

/** Reads every session whole, and tells which cannot be read. */
export async function* verifySessions(level: ClassicLevel): AsyncGenerator<Finding, void, undefined> {
  for await (const batch of readBatches(level, SUMMARIES)) {
    for (const [summaryKey] of batch) {
      const finding = await verifySession(level, sessionOf(summaryKey));
      if (finding !== null) yield finding;
    }
  }
}

async function verifySession(level: ClassicLevel, key: SessionKey): Promise<Finding | null> {
  let transcript: Transcript | null = null;
  try {
    transcript = await freezeSession(level, key);
    if (transcript === null) return null;
    const all = { first: 1, last: transcript.head.messageCount, order: "asc" } as const;
    for await (const _ of transcript.read(all));
    return null;
  } catch (error) {
    if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
    const fault = transcript === null ? "unreadable-head" : "unreadable-transcript";
    return { ...key, fault, message: error.message, path: level.location, repairable: false };
  } finally {
    await transcript?.close();
  }
}
