import {
  type LockedSession,
  openStore,
  type SearchHit,
  type SessionStore,
  type SessionSummary,
} from "@agent-sessions/core";
import type { ChatMessage, Model } from "./model.js";

/** How much of a transcript the model is shown, in bytes of JSON. */
const CONTEXT_BYTES = 32_000;

/** Is told each new piece of an answer. */
export type OnText = (piece: string) => void;

/**
 * Opens the chats that a store holds.
 *
 * The URL alone decides where they live: `sqlite:./chat.db`, `json:./chats`, `yaml:./chats`, `memory:`. Nothing else in
 * this program knows. An application reads it from its settings.
 */
export async function openChat(storeUrl: string, model: Model): Promise<Chat> {
  // `from` says which application's packages serve the URL. It is needed where the process's entry file is not part of
  // the application, as under a test runner.
  const store = await openStore<ChatMessage>(storeUrl, { from: import.meta.url });
  return new Chat(store, model);
}

/** A chat app without its user interface. */
export class Chat {
  readonly #store: SessionStore<ChatMessage>;
  readonly #model: Model;

  constructor(store: SessionStore<ChatMessage>, model: Model) {
    this.#store = store;
    this.#model = model;
  }

  /**
   * The messages of a chat under an id that the app knows, such as the user's name: goes on with it, or begins it. An
   * answer that a crash cut off is written again.
   */
  async resume(id: string, onText: OnText = () => {}): Promise<readonly ChatMessage[]> {
    await this.#begin(id);
    await this.#store.withLock(id, async (session) => {
      // Only the end of the transcript is read, however long it is.
      for await (const { seq, message } of session.messages({ last: 1 })) {
        if (message.unfinished) await this.#answer(session, seq, onText);
      }
    });
    const { messages } = await this.#store.load(id);
    return messages;
  }

  /** Says something and gives the answer. Each piece of it is stored before the next one comes. */
  async say(id: string, text: string, onText: OnText = () => {}): Promise<string> {
    await this.#begin(id);
    // Question and answer belong together: under the lock, another window's question cannot come between them.
    const answer = await this.#store.withLock(id, async (session) => {
      const { messageCount } = await session.append({ role: "user", content: text });
      return await this.#answer(session, messageCount + 1, onText);
    });
    // The function sees the head as it is at that moment, so a title that the user chose is never overwritten.
    await this.#store.update(id, (head) => (head.title === "" ? { title: titleOf(text) } : {}));
    return answer;
  }

  /** The newest chats. Reads summaries only, no transcript. */
  async recent(limit = 10): Promise<readonly SessionSummary[]> {
    const page = await this.#store.list({ archived: false, limit });
    // A damaged chat is named here, beside the healthy ones; it never hides them and is never hidden.
    for (const { id, message } of page.unreadable) console.warn(`Cannot show chat ${id}: ${message}`);
    return page.sessions;
  }

  /** Messages and titles that hold every word. */
  async search(words: string, limit = 10): Promise<readonly SearchHit[]> {
    const hits: SearchHit[] = [];
    for await (const hit of this.#store.search(words, { limit })) hits.push(hit);
    return hits;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#store.close();
  }

  /** Creates the chat when it is missing. One call, so that of two windows that begin it at once neither fails. */
  async #begin(id: string): Promise<void> {
    await this.#store.append(id, [], { createIfMissing: true });
  }

  /** Writes an answer at position `seq`, over an unfinished one that may stand there. */
  async #answer(session: LockedSession<ChatMessage>, seq: number, onText: OnText): Promise<string> {
    // `maxBytes` keeps the newest messages that fit, so that an old chat does not outgrow the model.
    const history: ChatMessage[] = [];
    for await (const { message } of session.messages({ before: seq, maxBytes: CONTEXT_BYTES }))
      history.push(message);
    let content = "";
    for await (const piece of this.#model.answer(history)) {
      content += piece;
      onText(piece);
      // `replaceFrom` drops what stands at `seq` and later, and appends, in one commit: a reader sees the old text or
      // the new one. An app that gets a piece for each word would store one every second instead.
      await session.append({ role: "assistant", content, unfinished: true }, { replaceFrom: seq });
    }
    const inputTokens = history.reduce((sum, message) => sum + this.#model.countTokens(message.content), 0);
    const usage = { inputTokens, outputTokens: this.#model.countTokens(content) };
    // What the answer has cost is added in the commit that finishes it: neither can be there without the other.
    await session.append({ role: "assistant", content }, { replaceFrom: seq, usage });
    return content;
  }
}

function titleOf(text: string): string {
  return text.split(/\s+/).slice(0, 8).join(" ");
}
