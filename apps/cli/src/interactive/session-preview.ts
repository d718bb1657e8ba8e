import type { SessionStore } from "@agent-sessions/core";
import { createColors } from "../colors.js";
import { messageText } from "../message-text.js";
import { roleOf } from "../session-text.js";
import { oneLine } from "../terminal-text.js";

/** More than any preview shows. */
const NEWEST_MESSAGES = 40;
const MAX_BYTES = 65_536;
/** Of one message: more than its lines of a preview hold. */
const MAX_LENGTH = 2000;

/** A preview has colours of its own. */
const PLAIN = createColors(false);

export interface PreviewMessage {
  readonly role: string;
  /** On one line, safe for a terminal. */
  readonly text: string;
}

/** The newest messages of a session, in the order in which they were said. */
export async function readPreview(store: SessionStore, id: string): Promise<readonly PreviewMessage[]> {
  const messages: PreviewMessage[] = [];
  for await (const { message } of store.messages(id, { last: NEWEST_MESSAGES, maxBytes: MAX_BYTES })) {
    const { text } = messageText(message, PLAIN);
    messages.push({ role: roleOf(message), text: oneLine(text.slice(0, MAX_LENGTH)).trim() });
  }
  return messages;
}
