import type { JsonObject, JsonValue } from "@agent-sessions/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlainDocument } from "../src/plain-document.js";
import { parseAnyYaml, writeYaml } from "../src/yaml-value.js";

const HEADER = {
  kind: "agent-sessions",
  format: "1.0",
  id: "5",
  namespace: "",
  createdAt: "2026-11-21T21:17:37.344Z",
};
const HEAD = {
  head: {
    title: "Fix the login bug, and quickly (again)",
    preview: "Grüße: why?",
    previewSeq: 12,
    labels: ["auth", "1", "true"],
    metadata: { user: "ann", attempt: 3, done: false, left: null, none: -7 },
    parent: { id: "a", messageCount: 2 },
    createdAt: "2026-11-21T21:17:37.344Z",
    state: { plan: { steps: ["look", "mend"], notes: [] } },
  },
};

describe("readPlainDocument()", () => {
  it("reads the headers and heads that are written for ordinary sessions", () => {
    for (const value of [HEADER, { head: { ...HEAD.head, preview: "Greetings - 你好 😀" } }])
      for (const text of [writeYaml(value), `${writeYaml(value)}...\n`])
        expect(readPlainDocument(text)).toEqual(value);
  });

  it.each([
    ["nothing", ""],
    ["a comment", "a: 1 # one\n"],
    ["a key twice", "a: 1\na: 2\n"],
    ["a key that is a word", "null: 1\n"],
    ["a plain text that goes on", "a: one\n  two\n"],
    ["a key in a value", "a: b: c\n"],
    ["an escape", 'a: "\\x41"\n'],
    ["a quote in quotes", 'a: "b" "c"\n'],
    ["a fraction", "a: 1.5\n"],
    ["an alias", "a: *b\n"],
    ["a tab", "a: b\tc\n"],
    ["a carriage return", "a: b\r\n"],
    ["no line break at its end", "a: b"],
    ["another document", "a: b\n...\na: c\n"],
    ["a field without a value", "a:\nb: 1\n"],
    ["a list of maps", "a:\n  - b: 1\n"],
    ["a list that is not indented", "a:\n- b\n"],
    ["more levels than a head has", writeYaml(nested(9))],
  ])("leaves %s to the library", (_what, text) => {
    expect(readPlainDocument(text)).toBeUndefined();
  });

  it("gives what the library gives for whatever it reads of what is written here", () => {
    fc.assert(
      fc.property(documents, (value) => {
        expectSame(writeYaml(value));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives what the library gives for whatever it reads of what somebody has edited", () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(HEADER, HEAD),
        fc.array(edits, { minLength: 1, maxLength: 4 }),
        (value, made) => {
          if (expectSame(made.reduce(edited, writeYaml(value)))) read++;
        },
      ),
      { numRuns: 3000 },
    );
    // Else nothing would have been compared.
    expect(read).toBeGreaterThan(300);
  });
});

/** Texts that YAML reads in odd ways, among ordinary ones. */
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "null",
    "True",
    "no",
    "~",
    "1e3",
    "0x1",
    ".inf",
    "-",
    "a: b",
    "a #b",
    "a:",
    " a",
    "a ",
    "<<",
    "2026-01-31",
  ),
  fc.stringMatching(/^[A-Za-z][\w .,:;#&*!|>'"%@`{}[\]?-]{0,12}$/),
);
const keys = fc.oneof(
  fc.stringMatching(/^[a-z][A-Za-z0-9]{0,5}$/),
  texts,
  fc.constantFrom("true", "constructor"),
);
const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    texts,
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const documents = fc.dictionary(keys, values, {
  minKeys: 1,
  maxKeys: 5,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

/** At a place, as a part of the text's length, what is taken out and put in. */
const edits = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.integer({ min: 0, max: 2 }),
  added: fc.oneof(
    fc.constant(""),
    fc.constantFrom(..."\n :-#\"'\\[]{},&*!|>%@`?.~0a_é\t\r\u00a0\ufeff\u2028"),
    fc.constantFrom("\n  ", "\n- ", "  ", ": ", " #", "...\n", "---\n", "null", "true", "0"),
  ),
});

function edited(
  text: string,
  { at, removed, added }: { at: number; removed: number; added: string },
): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + added + text.slice(start + removed);
}

/** Whether the text was read at all. */
function expectSame(text: string): boolean {
  const value = readPlainDocument(text);
  if (value === undefined) return false;
  expect(value, text).toEqual(parseAnyYaml(text));
  return true;
}

function nested(levels: number): JsonObject {
  return levels === 0 ? { a: 1 } : { a: nested(levels - 1) };
}
