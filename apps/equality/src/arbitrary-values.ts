import type { JsonValue } from "@agent-sessions/core";
import fc, { type Arbitrary } from "fast-check";
import { SPECIAL_VALUES } from "./command.js";

/** Few, so that commands meet; hostile to file names, SQL, YAML and prototypes. */
const IDS: readonly string[] = [
  "a",
  "b",
  "A",
  "a.b",
  "a b",
  "../a",
  "CON",
  ".index.jsonl",
  "__proto__",
  "constructor",
  "a'; --",
  "é",
  "e\u0301",
  "😀",
  "\uffee",
  "%",
  "會話",
  "x".repeat(512),
];

const WORDS: readonly string[] = [
  "alpha",
  "ALPHA",
  "Beta",
  "beta-gamma",
  "ß",
  "SS",
  "İstanbul",
  "istanbul",
  "會話",
  "話會",
  "é",
  "e\u0301",
  "😀",
  "👩‍👩‍👧",
  "a",
  "%",
  "_",
  '"',
  "*",
  "NOT",
  "x'y",
  "שלום",
  "\u202eabc",
  "no",
  "2026-01-01",
  "\ufeff",
  "Σς",
];

const word: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("alpha", "ALPHA", "a", "😀", "é", "e\u0301") },
  { weight: 2, arbitrary: fc.constantFrom(...WORDS) },
);

export const sessionId: Arbitrary<string> = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom("a", "a", "b") },
  { weight: 8, arbitrary: fc.constantFrom(...IDS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

const wrong: Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, -1, 0.5, "", "\ud800", [], {}, { unknown: 1 }, "a\u0000b", 1001),
  fc.constantFrom(...Object.keys(SPECIAL_VALUES)).map((name) => ({ $: name })),
);

/** Nearly always `good`; else something that must be refused in the same way by everybody. */
export function mostly<T extends JsonValue>(good: Arbitrary<T>): Arbitrary<JsonValue> {
  return fc.oneof({ weight: 150, arbitrary: good }, { weight: 1, arbitrary: wrong });
}

/** Words that searches look for, and now and then any text at all. */
export const text: Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(word, { maxLength: 4 }).map((words) => words.join(" ")),
  },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "\u0000",
      "a\r\nb\u2028",
      "  x \n",
      "---\n...\n",
      "{}",
      `${"long ".repeat(3000)}end`,
    ),
  },
);

/** What is looked for: whole words, pieces of them, and what is in nobody's text. */
export const searchText: Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...WORDS)
      .chain((whole) => fc.nat(whole.length - 1).map((at) => whole.slice(at).toWellFormed())),
  },
  { weight: 1, arbitrary: text },
);

const key: Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "a",
      "b",
      "10",
      "9",
      "__proto__",
      "constructor",
      "a.b",
      "",
      "é",
      "type",
      "text",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
);

const scalar: Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(2 ** 53, 1e21, 5e-324, 0.1),
);

export const value: Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** A JSON object with an own `__proto__` now and then. */
export const object: Arbitrary<JsonValue> = fc
  .array(fc.tuple(key, value), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries) as JsonValue);

export const message: Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ role: fc.constantFrom("user", "assistant"), content: text }) },
  {
    weight: 2,
    arbitrary: fc.record({
      role: fc.constantFrom("user", "assistant"),
      content: fc.array(fc.oneof(fc.record({ type: fc.constant("text"), text }), value), { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: object },
  { weight: 1, arbitrary: mostly(object) },
);

export const metadata: Arbitrary<JsonValue> = fc
  .array(
    fc.tuple(
      fc.constantFrom("k", "n", "__proto__", "é.x"),
      fc.oneof(fc.constantFrom<JsonValue>(1, 0, "1", "", true, null), scalar),
    ),
    {
      maxLength: 2,
    },
  )
  .map((entries) => Object.fromEntries(entries) as JsonValue);

/** Shortly around the time at which sequences run. */
export const time: Arbitrary<string> = fc
  .integer({ min: -3, max: 6 })
  .map((seconds) => new Date(Date.UTC(2026, 0, 31, 12) + seconds * 1000).toISOString());

export const labels: Arbitrary<string[]> = fc.array(
  fc.constantFrom("x", "y", "Ü", "😀", "x y", "__proto__"),
  { maxLength: 3 },
);
