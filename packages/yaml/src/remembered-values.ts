import type { JsonValue } from "@agent-sessions/core";
import { copyJson } from "@agent-sessions/core/backend";

/** So many texts are remembered, none longer than so many characters: about half a megabyte in all. */
const MAX_TEXTS = 128;
const MAX_CHARACTERS = 4096;

/**
 * The values of short texts that are parsed again and again: a session's header and head, with every look at it. Parsing YAML takes at
 * least ten times as long as copying what came of it, and the same text always has the same value.
 */
export class RememberedValues {
  /** Null for a text that was seen once: of ten thousand sessions in a list, few come again, and no copy is made to be thrown away. */
  readonly #values = new Map<string, JsonValue | null>();
  readonly #parse: (text: string) => JsonValue | undefined;

  constructor(parse: (text: string) => JsonValue | undefined) {
    this.#parse = parse;
  }

  /** A value of the caller's own. @throws what parsing throws */
  of(text: string): JsonValue | undefined {
    if (text.length > MAX_CHARACTERS) return this.#parse(text);
    const known = this.#values.get(text);
    if (known !== undefined && known !== null) return copyJson(known);
    const value = this.#parse(text);
    if (value === undefined) return undefined;
    if (this.#values.size >= MAX_TEXTS) this.#values.clear();
    this.#values.set(text, known === null ? copyJson(value) : null);
    return value;
  }
}
