/** What the chat keeps of a message. The store is told this type once, where it is opened. */
export interface ChatMessage {
  role: "user" | "assistant";
  content: string;
  /** On an answer that is still being written, or that a crash cut off. */
  unfinished?: true;
}

/** A language model, as far as this program needs one. */
export interface Model {
  /** The answer to the last message, piece by piece. */
  answer(history: readonly ChatMessage[]): AsyncIterable<string>;
  countTokens(text: string): number;
}

/** Stands in for a real model: always answers the same to the same history, and needs no network. */
export const echoModel: Model = {
  async *answer(history) {
    const question = history.at(-1)?.content ?? "";
    const asked = history.filter(({ role }) => role === "user").length;
    yield `This is answer number ${asked}. `;
    yield `You wrote ${echoModel.countTokens(question)} words: `;
    yield `"${question}".`;
  },
  countTokens(text) {
    return text.split(/\s+/).filter((word) => word !== "").length;
  },
};
