import type { Entry, SessionHead } from "@agent-sessions/core";
import { readSessions, type Unreadable } from "../src/index.js";

export interface ReadResult {
  readonly sessions: readonly {
    readonly format: string;
    readonly head: SessionHead;
    readonly entries: readonly Entry[];
  }[];
  readonly unreadable: readonly Unreadable[];
}

/** Everything that `readSessions` yields, entries read. */
export async function readAll(paths: string | readonly string[]): Promise<ReadResult> {
  const sessions: { format: string; head: SessionHead; entries: Entry[] }[] = [];
  const unreadable: Unreadable[] = [];
  for await (const item of readSessions(paths)) {
    if (item.kind === "unreadable") {
      unreadable.push(item);
      continue;
    }
    const entries: Entry[] = [];
    for await (const entry of item.snapshot.entries) entries.push(entry);
    sessions.push({ format: item.format, head: item.snapshot.head, entries });
  }
  return { sessions, unreadable };
}

/** The one session of a file. */
export async function readOne(path: string): Promise<ReadResult["sessions"][number]> {
  const { sessions, unreadable } = await readAll(path);
  const [session] = sessions;
  if (session === undefined || sessions.length > 1 || unreadable.length > 0) {
    throw new Error(`not one session: ${JSON.stringify({ sessions, unreadable })}`);
  }
  return session;
}
