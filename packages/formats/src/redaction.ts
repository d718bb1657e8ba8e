import {
  type Entry,
  InvalidInputError,
  type JsonValue,
  type Metadata,
  type SessionHead,
  type SessionSnapshot,
} from "@agent-sessions/core";
import { compareCodePoints } from "@agent-sessions/core/backend";
import { isObject, setOwn } from "./json-object.js";
import { isSecretName, SECRET_PATTERNS } from "./secret-patterns.js";

/** The longest preview that a store makes, in characters: one of this length may end in the middle of a secret. */
const FULL_PREVIEW = 200;

/**
 * Takes secrets of well-known shapes out of sessions on their way into an export, and counts them. Every text is looked at: messages with
 * their tool calls and results, title, preview, labels, metadata and state. Ids, times, numbers and the names of members stay.
 * What is stored is never touched. A secret without a shape of its own is not recognised: look at an export before you hand it on.
 *
 * @see docs/formats.md for what is recognised
 *
 * @example
 * ```ts
 * const redaction = new Redaction();
 * for await (const line of writeArchive(snapshots, { redaction })) process.stdout.write(line);
 * console.log(redaction.total, redaction.counts);
 * ```
 */
export class Redaction {
  readonly #counts = new Map<string, number>();

  /** How many secrets were taken out so far. */
  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** How many of each kind. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => compareCodePoints(a, b)));
  }

  /** The same sessions, each redacted while it is read; a secret counts once, however often its entry is read. */
  async *of<M extends object, S extends object>(
    snapshots: AsyncIterable<SessionSnapshot<M, S>> | Iterable<SessionSnapshot<M, S>>,
  ): AsyncGenerator<SessionSnapshot<M, S>> {
    for await (const { head, entries } of snapshots) {
      const seen = { count: 0 };
      yield {
        head: this.#head(head),
        entries: { [Symbol.asyncIterator]: () => this.#entries(entries, seen) },
      };
    }
  }

  /** A text without its secrets. */
  text(text: string): string {
    let redacted = text;
    for (const { name, pattern } of SECRET_PATTERNS) {
      redacted = redacted.replaceAll(pattern, (...match) => {
        const groups: unknown = match.at(-1);
        const kept = isObject(groups) && typeof groups["kept"] === "string" ? groups["kept"] : "";
        return kept + this.#mark(name);
      });
    }
    return redacted;
  }

  /** A JSON value without the secrets in its texts. */
  value(value: JsonValue): JsonValue {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (!isObject(value)) return value;
    const redacted = {};
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) setOwn(redacted, name, this.#member(name, member));
    }
    return redacted;
  }

  #member(name: string, value: JsonValue): JsonValue {
    const isSecret = typeof value === "string" && value !== "" && isSecretName(name);
    return isSecret ? this.#mark("named-secret") : this.value(value);
  }

  #mark(name: string): string {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return `[redacted:${name}]`;
  }

  #head<S extends object>(head: SessionHead<S>): SessionHead<S> {
    return {
      ...head,
      title: this.text(head.title),
      preview: this.#preview(head.preview),
      labels: [...new Set(head.labels.map((label) => this.text(label)))].sort(compareCodePoints),
      metadata: this.value(head.metadata as JsonValue) as Metadata,
      state: this.value(head.state as JsonValue) as S,
    };
  }

  /** The beginning of the first user text, which is counted there: a copy is no secret more. */
  #preview(preview: string): string {
    const isCut = [...preview].length >= FULL_PREVIEW;
    return new Redaction().text(isCut ? preview.replace(/\S*$/u, "").trimEnd() : preview);
  }

  async *#entries<M extends object>(
    entries: AsyncIterable<Entry<M>> | Iterable<Entry<M>>,
    seen: { count: number },
  ): AsyncGenerator<Entry<M>> {
    const uncounted = new Redaction();
    for await (const entry of entries) {
      const redaction = entry.seq > seen.count ? this : uncounted;
      seen.count = Math.max(seen.count, entry.seq);
      yield { ...entry, message: redaction.value(entry.message as JsonValue) as M };
    }
  }
}

/** By what it can do, as another copy of this package may have made it. @throws {InvalidInputError} INVALID_OPTIONS */
export function checkRedaction(value: unknown, name: string): Redaction {
  const isRedaction =
    typeof value === "object" && typeof (value as Partial<Redaction> | null)?.of === "function";
  if (isRedaction) return value as Redaction;
  throw new InvalidInputError("INVALID_OPTIONS", `The option ${name} must be a Redaction.`, { path: name });
}
