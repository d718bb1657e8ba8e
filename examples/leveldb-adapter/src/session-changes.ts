import { randomUUID } from "node:crypto";
import type { Commit, SessionKey, StoredEntry, StoredHead } from "@agent-sessions/core/backend";
import { discardedKey, entryKey, type SessionPart, sessionKey } from "./keys.js";
import type { Change } from "./level-database.js";
import type { FoundSession } from "./session-reader.js";
import { encodeEntry, encodeSummary, type Operation } from "./session-records.js";

/** How many operations a session remembers: the contract's minimum, doubled. */
const REMEMBERED_OPERATIONS = 200;

/** What a commit changes, given what is there now and the operations that are remembered. */
export function changesOfCommit(
  key: SessionKey,
  found: FoundSession | null,
  commit: Commit,
  operations: readonly Operation[],
): readonly Change[] {
  const transcript = found?.transcript ?? randomUUID();
  const changes = commit.entries.map((entry) => putEntry(transcript, entry));
  const before = found?.head.messageCount ?? 0;
  for (let seq = commit.head.messageCount + 1; seq <= before; seq++) {
    changes.push({ type: "del", key: entryKey(transcript, seq) });
  }
  changes.push(putPart("summary", key, encodeSummary(commit.head)));
  if (commit.headChanged) changes.push(putPart("state", key, JSON.stringify(commit.head.state)));
  if (found === null) changes.push(putPart("transcript", key, transcript));
  if (commit.operation !== null) {
    const { id, fingerprint } = commit.operation;
    const remembered = [...operations, [id, fingerprint]].slice(-REMEMBERED_OPERATIONS);
    changes.push(putPart("operations", key, JSON.stringify(remembered)));
  }
  return changes;
}

/** Marks entries as nobody's, until they are swept or a session is sealed over them. */
export function discard(transcript: string): Change {
  return { type: "put", key: discardedKey(transcript), value: "" };
}

/** What gives the session `head` and the staged entries of `transcript`, in place of what is there now. */
export function changesOfSeal(
  key: SessionKey,
  found: FoundSession | null,
  head: StoredHead,
  transcript: string,
): readonly Change[] {
  return [
    ...(found === null ? [] : [discard(found.transcript)]),
    { type: "del", key: discardedKey(transcript) },
    { type: "del", key: sessionKey("operations", key) },
    putPart("summary", key, encodeSummary(head)),
    putPart("state", key, JSON.stringify(head.state)),
    putPart("transcript", key, transcript),
  ];
}

/** What removes a session. Its entries stay behind as discarded: their number must not make the commit large. */
export function changesOfRemoval(key: SessionKey, transcript: string | undefined): readonly Change[] {
  const parts: readonly SessionPart[] = ["summary", "state", "transcript", "operations"];
  return [
    ...(transcript === undefined ? [] : [discard(transcript)]),
    ...parts.map((part): Change => ({ type: "del", key: sessionKey(part, key) })),
  ];
}

export function putEntry(transcript: string, entry: StoredEntry): Change {
  return { type: "put", key: entryKey(transcript, entry.seq), value: encodeEntry(entry) };
}

function putPart(part: SessionPart, key: SessionKey, value: string): Change {
  return { type: "put", key: sessionKey(part, key), value };
}
