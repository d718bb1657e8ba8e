import type { Message } from "@agent-sessions/core";

/** A message of the soak: told apart by its tag, as long as it is said to be. */
export interface Item {
  readonly tag: string;
  /** How often the filler is repeated: 40 bytes each. */
  readonly fill: number;
}

/** What looks like the end of something in one format or another. */
const FILLER = 'é 😀\r\n...\n---\n{"footer":{}}\u2028 filler \n';

/** The whole content follows from the item, so that every byte can be checked. */
export function messageOf({ tag, fill }: Item): Message {
  return { role: "user", content: `${tag}|${FILLER.repeat(fill)}` };
}

/** The tag in a message's content; null for a message that is not one of the soak's, byte for byte. */
export function tagOf(message: Message): string | null {
  const { content } = message;
  if (typeof content !== "string") return null;
  const end = content.indexOf("|");
  if (end === -1) return null;
  const filler = content.slice(end + 1);
  return filler === FILLER.repeat(filler.length / FILLER.length) ? content.slice(0, end) : null;
}
