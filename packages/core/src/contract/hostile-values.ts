import type { JsonValue } from "../json-value.js";
import type { Message } from "../session.js";

/** `levels` arrays in one another. */
export function nested(levels: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** Texts that file formats, encodings and databases have changed or tripped over. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  "\n",
  "\r\n",
  "a\r\nb\rc\nd",
  "trailing blanks  ",
  "  leading blanks",
  "trailing newline\n",
  "trailing newlines\n\n\n",
  "tab\tinside",
  "line one   \n   line two  \n",
  "\u0000",
  "a\u0000b",
  "\u0001\u001f\u007f\u0080\u009f",
  "\u2028 and \u2029",
  "\u00a0\ufeff\u200b",
  "\ufeffbyte order mark first",
  "\ufffd\uffff\ufffe",
  "e\u0301",
  "\u00e9",
  "😀👩‍👩‍👧🏳️‍🌈",
  "שלום עולם \u202eabc\u202c",
  "no",
  "yes",
  "on",
  "NO",
  "y",
  "null",
  "Null",
  "~",
  "true",
  "True",
  "0o7",
  "0x1F",
  "012",
  "1_000",
  "1e3",
  ".5",
  "-0",
  ".inf",
  ".nan",
  "NaN",
  "2026-01-01",
  "2026-01-01T00:00:00.000Z",
  "12:30:45",
  "<<",
  "- x",
  "-",
  "---",
  "...",
  "--- x",
  "a: b",
  ": ",
  ":",
  "key:",
  "#",
  "a # b",
  "|",
  ">",
  "|-\n  x",
  "&a",
  "*a",
  "!!js",
  "!tag x",
  "%YAML 1.2",
  "? x",
  "@at",
  "`tick",
  "{",
  "}",
  "[",
  "]",
  ",",
  "'",
  '"',
  "\\",
  "\\n",
  "\\u0000",
  '{"seq":1}',
  '{"kind":"session"}\n{"kind":"record"}',
  "'; DROP TABLE sessions; --",
  "</script><!-- -->",
  `long line ${"word ".repeat(400)}`,
  "x".repeat(70_000),
];

/** Everything that JSON can carry and stores have lost. */
export function hostileMessages(): Message[] {
  return [
    {},
    { content: null },
    { content: "" },
    { role: "user" },
    { role: "", content: {} },
    { empty: { array: [], object: {}, nested: [[], {}, [[]], [{}], { a: [] }, { a: {} }] } },
    { missing: [null, "", 0, false, [], {}] },
    {
      numbers: [
        0,
        1,
        -1,
        0.1,
        1e21,
        1e-7,
        5e-324,
        1.7976931348623157e308,
        2 ** 53,
        -(2 ** 53),
        2 ** 31,
        123456789012345680000,
      ],
    },
    { booleans: [true, false] },
    { texts: [...HOSTILE_TEXTS] },
    Object.fromEntries(HOSTILE_TEXTS.slice(0, 60).map((text) => [`${text} as key`, text])),
    Object.fromEntries(HOSTILE_TEXTS.filter((text) => text.length < 100).map((text) => [text, text])),
    JSON.parse(
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}, "toString": "x", "hasOwnProperty": null}',
    ) as Message,
    JSON.parse('{"nested": {"__proto__": [1], "length": 3}}') as Message,
    { "10": "ten", "9": "nine", b: 1, a: 2, "-1": "minus", "01": "padded" },
    { at: "x", seq: 99, message: { message: {} }, revision: 0, kind: "header", id: "other", messages: [] },
    {
      role: "assistant",
      content: [
        { type: "text", text: "part" },
        { type: "tool_use", input: { a: [1, { b: null }] } },
      ],
    },
    { deep: nested(499) },
  ];
}

/** A value that must be refused, as a function because some can be used only once, and where the offender sits in it. */
export interface RefusedValue {
  readonly what: string;
  readonly make: () => unknown;
}

class Instance {
  readonly field = 1;
}

/** Everything that JSON cannot carry, or would change in silence. */
export const REFUSED_VALUES: readonly RefusedValue[] = [
  { what: "undefined in an array", make: () => [undefined] },
  // biome-ignore lint/suspicious/noSparseArray: the hole is the point
  { what: "a hole in an array", make: () => [1, , 3] },
  { what: "an accessor", make: () => Object.defineProperty({}, "x", { get: () => 1, enumerable: true }) },
  { what: "a symbol key", make: () => ({ [Symbol("key")]: 1 }) },
  { what: "a function", make: () => () => 1 },
  { what: "a symbol", make: () => Symbol("value") },
  { what: "a BigInt", make: () => 1n },
  { what: "NaN", make: () => Number.NaN },
  { what: "Infinity", make: () => Number.POSITIVE_INFINITY },
  { what: "-Infinity", make: () => Number.NEGATIVE_INFINITY },
  { what: "a Date", make: () => new Date(0) },
  { what: "a Map", make: () => new Map([["a", 1]]) },
  { what: "a Set", make: () => new Set([1]) },
  { what: "a RegExp", make: () => /x/ },
  { what: "a Buffer", make: () => Buffer.from("x") },
  { what: "a class instance", make: () => new Instance() },
  { what: "a boxed string", make: () => Object("x") as unknown },
  { what: "a promise", make: () => Promise.resolve(1) },
  { what: "a cycle", make: makeCycle },
  { what: "a lone surrogate", make: () => "a\ud800b" },
  { what: "a lone surrogate in a key", make: () => ({ "\udc00": 1 }) },
  { what: "more than 500 levels", make: () => nested(500) },
];

function makeCycle(): unknown {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = { back: cycle };
  return cycle;
}
