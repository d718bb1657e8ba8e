import type { Message } from "../session.js";
import type { SessionStore } from "../session-store.js";

export function user(content: string): Message {
  return { role: "user", content };
}

export function assistant(content: string): Message {
  return { role: "assistant", content };
}

/** `message 1` … by position, user and assistant in turn. */
export function numbered(first: number, last: number): Message[] {
  const messages: Message[] = [];
  for (let n = first; n <= last; n++)
    messages.push(n % 2 === 1 ? user(`message ${n}`) : assistant(`message ${n}`));
  return messages;
}

/** The texts of a session's messages, in order. */
export async function textsOf(store: SessionStore, id: string): Promise<unknown[]> {
  return (await store.load(id)).messages.map((message) => message.content);
}

/** The texts `message first` … `message last`. */
export function numberedTexts(first: number, last: number): string[] {
  return numbered(first, last).map((message) => String(message.content));
}
