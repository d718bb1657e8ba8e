import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { count, nameOf, shortTime, zonedTime } from "./describe-session.js";
import { oneLine } from "./terminal-text.js";

/** How many forks are named; the others are counted. */
const NAMED_FORKS = 3;
/** The most that a list counts at once. */
const COUNTED_FORKS = 1000;

/** What goes with a session and what stays, a line each, safe for a terminal. A session that cannot be read can still be deleted. */
export async function describeDeletion(store: SessionStore, id: string): Promise<readonly string[]> {
  const facts: (readonly [name: string, value: string])[] = [["session", oneLine(id)]];
  try {
    const head = await store.head(id);
    const messages = count(head.messageCount, "message");
    facts.push(
      ["title", nameOf(head)],
      ["goes", `${messages}, created ${shortTime(head.createdAt)}, changed ${zonedTime(head.updatedAt)}`],
    );
  } catch (error) {
    if (!SessionStoreError.is(error, "SESSION_CORRUPTED")) throw error;
    facts.push(["goes", "what is left of it: it cannot be read"]);
  }
  facts.push(["stays", await describeForks(store, id)], ["store", oneLine(store.location)]);
  return facts.filter(([, value]) => value !== "").map(([name, value]) => `${name.padEnd(8)} ${value}`);
}

/** The forks outlive their source: they hold copies of its messages. */
async function describeForks(store: SessionStore, id: string): Promise<string> {
  const { sessions, nextCursor } = await store.list({ parentId: id, limit: COUNTED_FORKS });
  if (sessions.length === 0) return "";
  const named = sessions.slice(0, NAMED_FORKS).map((fork) => oneLine(fork.id));
  const others = sessions.length - named.length;
  const more = others === 0 ? "" : ` and ${others}${nextCursor === null ? "" : "+"} more`;
  return `${count(sessions.length, "fork")} of it, whole: ${named.join(", ")}${more}`;
}
