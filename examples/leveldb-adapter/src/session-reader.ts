import type {
  EntryRange,
  SessionKey,
  StoredEntry,
  StoredHead,
  Transcript,
} from "@agent-sessions/core/backend";
import type { ClassicLevel } from "classic-level";
import { entryKey, sessionKey } from "./keys.js";
import { readBatches, type Snapshot } from "./read-batches.js";
import { corrupted, decodeEntry, decodeState, decodeSummary } from "./session-records.js";

/** A session as it lies in the database, but for its entries. */
export interface FoundSession {
  readonly head: StoredHead;
  /** The name under which its entries lie. */
  readonly transcript: string;
}

/** The session, or null; all of it from one moment. @throws {SessionCorruptedError} SESSION_CORRUPTED */
export async function findSession(
  level: ClassicLevel,
  key: SessionKey,
  snapshot?: Snapshot,
): Promise<FoundSession | null> {
  const keys = [sessionKey("summary", key), sessionKey("state", key), sessionKey("transcript", key)];
  const [summary, state, transcript] = await level.getMany(keys, snapshot === undefined ? {} : { snapshot });
  if (summary === undefined) return null;
  if (transcript === undefined) throw corrupted(key, level.location, "transcript", "the record is missing");
  const head = decodeSummary(key, summary, level.location);
  return { head: { ...head, state: decodeState(key, state, level.location) }, transcript };
}

/** The session frozen at this moment: LevelDB keeps what a snapshot sees until it is closed. */
export async function freezeSession(level: ClassicLevel, key: SessionKey): Promise<Transcript | null> {
  const snapshot = level.snapshot();
  try {
    const found = await findSession(level, key, snapshot);
    if (found === null) {
      await snapshot.close();
      return null;
    }
    return {
      head: found.head,
      read: (range) => readEntries(level, key, found.transcript, range, snapshot),
      close: async () => await snapshot.close(),
    };
  } catch (error) {
    await snapshot.close();
    throw error;
  }
}

async function* readEntries(
  level: ClassicLevel,
  key: SessionKey,
  transcript: string,
  { first, last, order }: EntryRange,
  snapshot: Snapshot,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const range = { gte: entryKey(transcript, first), lt: entryKey(transcript, last + 1) };
  const isAscending = order === "asc";
  let seq = isAscending ? first : last;
  for await (const batch of readBatches(level, { ...range, reverse: !isAscending, snapshot })) {
    const entries: StoredEntry[] = [];
    for (const [name, record] of batch) {
      const isNext = name === entryKey(transcript, seq);
      entries.push(decodeEntry(key, seq, isNext ? record : undefined, level.location));
      seq += isAscending ? 1 : -1;
    }
    yield entries;
  }
  // In a snapshot nothing can have gone since: what is missing was lost.
  if (first <= seq && seq <= last) throw corrupted(key, level.location, `entry ${seq}`, "it is missing");
}
