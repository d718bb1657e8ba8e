import type { JsonObject, JsonValue } from "@agent-sessions/core";
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { markSource } from "./foreign-value.js";
import { MalformedFileError } from "./malformed-file-error.js";

/** Aliases are expanded; beyond so many values a file is an attack or a mistake. */
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 500;

/**
 * How scalars become JSON: `typed` keeps numbers, booleans and null; `text` keeps everything but null as it was written; `key` does
 * too, without a mark.
 */
export type ScalarStyle = "typed" | "text" | "key";

/** A YAML 1.1 document as PyYAML reads it, whose values are asked for one by one. */
export class ForeignYaml {
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #lines: LineCounter;
  readonly #root: unknown;
  #values = 0;

  private constructor(document: Document, lines: LineCounter) {
    this.#targets = aliasTargets(document);
    this.#lines = lines;
    this.#root = document.contents;
  }

  /**
   * @throws {MalformedFileError} when it is not one valid YAML document, or a key occurs twice
   */
  static parse(text: string): ForeignYaml {
    const lines = new LineCounter();
    let document: Document;
    try {
      document = parseDocument(text, {
        version: "1.1",
        lineCounter: lines,
        prettyErrors: false,
        logLevel: "silent",
      });
    } catch (cause) {
      // The parser recurses: a file of tens of thousands of brackets ends its stack.
      throw new MalformedFileError("is nested too deeply to be read", { cause });
    }
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      throw new MalformedFileError(`is not valid YAML: ${error.message}`, { line, cause: error });
    }
    return new ForeignYaml(document, lines);
  }

  /** The nodes of the top-level mapping by key, merges (`<<`) expanded; null when the document is something else. */
  topLevel(): ReadonlyMap<string, unknown> | null {
    return isMap(this.#root) ? this.#members(this.#root, 0) : null;
  }

  /** The items of a sequence; null when the node is something else. */
  items(node: unknown): readonly unknown[] | null {
    const target = this.#resolve(node);
    return isSeq(target) ? target.items : null;
  }

  /** A member of a mapping; undefined when the node is something else, or has none. */
  member(node: unknown, key: string): unknown {
    const target = this.#resolve(node);
    return isMap(target) ? this.#members(target, 0).get(key) : undefined;
  }

  /**
   * A node as JSON, aliases expanded. A plain scalar that YAML 1.1 reads as something that JSON does not write back the same way (`yes`,
   * a date, `0x1F`, `1_000`, `1.10`, `.inf`) stays the text that was written, marked for `keepable`.
   *
   * @throws {MalformedFileError} for keys that are no scalars, references to itself, and aliases that multiply without end
   */
  toJson(node: unknown, style: ScalarStyle): JsonValue {
    return this.#convert(node, style, 1);
  }

  #convert(node: unknown, style: ScalarStyle, depth: number): JsonValue {
    if (++this.#values > MAX_VALUES) {
      throw new MalformedFileError(`expands to more than ${MAX_VALUES} values: its aliases multiply`);
    }
    if (depth > MAX_DEPTH) {
      throw new MalformedFileError(
        `is nested deeper than ${MAX_DEPTH} levels or refers to itself`,
        this.#place(node),
      );
    }
    const target = this.#resolve(node);
    if (target === null || target === undefined) return null;
    if (isScalar(target)) return scalarToJson(target, style);
    if (isSeq(target)) return target.items.map((item) => this.#convert(item, style, depth + 1));
    if (!isMap(target)) throw new MalformedFileError("holds something that is no value", this.#place(node));
    const object: [string, JsonValue][] = [];
    for (const [key, value] of this.#members(target, depth))
      object.push([key, this.#convert(value, style, depth + 1)]);
    // fromEntries defines own properties, `__proto__` included.
    return Object.fromEntries(object) as JsonObject;
  }

  /** Explicit keys win over merged ones, earlier merges over later ones. */
  #members(map: YAMLMap, depth: number): Map<string, unknown> {
    const explicit = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        for (const [name, inner] of this.#mergedMembers(value, depth + 1))
          if (!merged.has(name)) merged.set(name, inner);
      } else {
        explicit.set(this.#keyText(key), value);
      }
    }
    for (const [name, value] of explicit) merged.set(name, value);
    return merged;
  }

  *#mergedMembers(value: unknown, depth: number): Generator<[string, unknown]> {
    if (depth > MAX_DEPTH) throw new MalformedFileError("merges into itself", this.#place(value));
    const source = this.#resolve(value);
    const maps = isSeq(source) ? source.items.map((item) => this.#resolve(item)) : [source];
    for (const map of maps) {
      if (!isMap(map))
        throw new MalformedFileError("merges (<<) something that is no mapping", this.#place(value));
      yield* this.#members(map, depth);
    }
  }

  #keyText(key: unknown): string {
    const target = this.#resolve(key);
    if (isScalar(target)) return String(scalarToJson(target, "key"));
    throw new MalformedFileError("has a key that is no scalar", this.#place(key));
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  #place(node: unknown): { readonly line?: number } {
    const start = (node as Node | null | undefined)?.range?.[0];
    return start === undefined ? {} : { line: this.#lines.linePos(start).line };
  }
}

/** Which node each alias stands for: the last one before it, in the order of the text, that bears its anchor. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

function scalarToJson(scalar: Scalar, style: ScalarStyle): JsonValue {
  const { value } = scalar;
  if (typeof value === "string" || value === null) return value;
  const written = scalar.source ?? String(value);
  const isExact = (typeof value === "number" || typeof value === "boolean") && String(value) === written;
  if (style === "typed" && isExact) return value;
  return style === "key" ? written : markSource(written);
}
