import type { Message } from "@agent-sessions/core";
import { seededRandom } from "./seeded-random.js";

/** In the text of every generated message. */
export const COMMON_WORD = "session";
/** In one generated message of a thousand sessions. */
export const RARE_WORD = "quartzite";
/** In one generated message of a thousand sessions, and too short for an index of trigrams. */
export const SHORT_WORD = "q7";

const SYLLABLES = [
  "ba",
  "de",
  "fi",
  "go",
  "lu",
  "ma",
  "ne",
  "pi",
  "ro",
  "su",
  "ta",
  "ve",
  "wi",
  "xo",
  "zu",
  "an",
];
const VOCABULARY_SIZE = 4000;
/** Some of what breaks careless encodings: quotes, line breaks, tabs, scripts beyond Latin, characters beyond 16 bits. */
const AWKWARD = ['"quoted"', "two\nlines", "a\ttab", "Größe", "会話の記録", "👩‍💻", "C:\\path", "- item: x"];

/** Makes messages out of invented words; the same ones for the same seed. */
export class MessageGenerator {
  readonly #random: () => number;
  readonly #vocabulary: readonly string[];
  #made = 0;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.#vocabulary = Array.from({ length: VOCABULARY_SIZE }, () => this.#word());
  }

  /** @param characters of its text, about; between half and one and a half times as many */
  message(characters = 200): Message {
    const role = this.#made++ % 2 === 0 ? "user" : "assistant";
    return { role, content: this.text(Math.round(characters * (0.5 + this.#random()))) };
  }

  messages(count: number, characters = 200): Message[] {
    return Array.from({ length: count }, () => this.message(characters));
  }

  /** A few words on one line. */
  title(): string {
    return Array.from({ length: 4 }, () => this.#frequentWord()).join(" ");
  }

  /** At least as long as asked for, by one word at most. */
  text(characters: number): string {
    let text = COMMON_WORD;
    while (text.length < characters) text += ` ${this.#pick()}`;
    return text;
  }

  #pick(): string {
    if (this.#random() < 0.03) return AWKWARD[Math.floor(this.#random() * AWKWARD.length)] ?? "";
    return this.#frequentWord();
  }

  /** Squared, so that few words are frequent and most are rare, as in any language. */
  #frequentWord(): string {
    return this.#vocabulary[Math.floor(this.#random() ** 2 * VOCABULARY_SIZE)] ?? "";
  }

  #word(): string {
    const syllable = () => SYLLABLES[Math.floor(this.#random() * SYLLABLES.length)] ?? "";
    return Array.from({ length: 2 + Math.floor(this.#random() * 3) }, syllable).join("");
  }
}

/** A generated session's id: in the order of their creation by code point. */
export function sessionId(index: number): string {
  return `session-${String(index).padStart(6, "0")}`;
}

/** The messages of the session of this number among generated ones: every thousandth holds the two rare words. */
export function sessionMessages(generator: MessageGenerator, index: number, count: number): Message[] {
  const messages = generator.messages(count);
  if (index % 1000 === 50) messages[0] = { role: "user", content: `${RARE_WORD} ${SHORT_WORD} once` };
  return messages;
}
