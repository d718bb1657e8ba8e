import type { Entry, SessionHead, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import type { Colors } from "./colors.js";
import { headLines, zonedTime } from "./describe-session.js";
import { messageText, wholeMessageText } from "./message-text.js";
import { oneLine } from "./terminal-text.js";

export interface SessionTextOptions {
  /** Only the newest so many messages. @default all */
  readonly tail?: number | undefined;
  /** Only the messages from this position on. @default all */
  readonly from?: number | undefined;
  /** Every field of the session and of its messages, as JSON where it is no text. @default false */
  readonly full?: boolean | undefined;
  readonly colors: Colors;
}

/** A session as a person reads it: its facts, then message by message. Safe for a terminal, and in bounded memory. */
export async function* sessionText(
  store: SessionStore,
  id: string,
  { tail, from, full, colors }: SessionTextOptions,
): AsyncGenerator<string> {
  const head = await store.head(id);
  const entries = store.messages(id, { last: tail, after: from === undefined ? undefined : from - 1 });
  yield* snapshotText({ head, entries }, { full, colors });
}

/** The same for a session wherever it comes from. */
export async function* snapshotText(
  { head, entries }: SessionSnapshot,
  { full = false, colors }: Pick<SessionTextOptions, "full" | "colors">,
): AsyncGenerator<string> {
  const state = full ? head.state : ownState(head.state);
  let isPart = Object.keys(state).length < Object.keys(head.state).length;
  yield `${headLines({ ...head, state }).join("\n")}\n`;
  for await (const entry of entries) {
    const { seq, at, message } = entry;
    const body = full ? { text: wholeMessageText(message), isPart: false } : messageText(message, colors);
    isPart ||= body.isPart;
    const title = colors.bold(`#${seq} ${roleOf(message)}`);
    yield `\n${title}  ${colors.dim(zonedTime(at))}\n${body.text}\n`;
  }
  if (isPart) yield `\n${colors.dim("Not all fields are shown; agent-sessions show --full shows them.")}\n`;
}

/** Without what an import kept of another tool's file, which is no reading for people. */
function ownState(state: SessionHead["state"]): SessionHead["state"] {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !key.startsWith("$")));
}

/** Who speaks, on one line. */
export function roleOf({ role }: Entry["message"]): string {
  return typeof role === "string" ? oneLine(role) : "message";
}
