import type { JsonValue } from "@agent-sessions/core";
import { setOwn } from "./json-object.js";

const TEXT = /"(?:[^"\\]|\\[\s\S])*("|$)/y;
const BARE = /[^\s,:[\]{}"]+/y;
/** Marks of formats lie near the surface. */
const MAX_DEPTH = 12;

/**
 * As much of a JSON value as the beginning of its text gives: what was cut off, or stands behind the first error, is missing. So a
 * damaged file is still known for what it is.
 */
export function parseJsonStart(text: string): JsonValue | undefined {
  const parser = new StartParser(text.startsWith("\uFEFF") ? text.slice(1) : text);
  return parser.value(1);
}

class StartParser {
  readonly #text: string;
  #at = 0;
  #isOver = false;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue | undefined {
    const next = this.#peek();
    if (next === "{" && depth <= MAX_DEPTH) return this.#object(depth);
    if (next === "[" && depth <= MAX_DEPTH) return this.#array(depth);
    if (next === '"') return this.#string();
    const bare = this.#match(BARE);
    if (bare === null) return this.#end();
    return bare === "true" || bare === "false" ? bare === "true" : bare === "null" ? null : Number(bare) || 0;
  }

  #object(depth: number): JsonValue {
    const object: Record<string, JsonValue> = {};
    this.#at++;
    while (!this.#isOver && this.#peek() === '"') {
      const key = this.#string();
      if (this.#peek() !== ":") {
        this.#end();
        break;
      }
      this.#at++;
      const value = this.value(depth + 1);
      if (value !== undefined) setOwn(object, key, value);
      if (!this.#skipComma()) break;
    }
    this.#close("}");
    return object;
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at++;
    while (!this.#isOver && this.#peek() !== "]") {
      const value = this.value(depth + 1);
      if (value !== undefined) items.push(value);
      if (!this.#skipComma()) break;
    }
    this.#close("]");
    return items;
  }

  #string(): string {
    const source = this.#match(TEXT);
    if (source === null) return "";
    try {
      return JSON.parse(source) as string;
    } catch {
      return source.slice(1);
    }
  }

  #skipComma(): boolean {
    if (this.#isOver || this.#peek() !== ",") return false;
    this.#at++;
    return true;
  }

  #close(bracket: string): void {
    if (this.#isOver) return;
    if (this.#peek() === bracket) this.#at++;
    else this.#end();
  }

  #peek(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #end(): undefined {
    this.#isOver = true;
    this.#at = this.#text.length;
  }
}
