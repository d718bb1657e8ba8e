import { deepStrictEqual } from "node:assert/strict";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Format } from "./engine-fixture.js";

const HOSTILE_TEXTS: readonly string[] = [
  ...[
    "",
    " ",
    "  x",
    "x ",
    "\n",
    "\n\n",
    "x\n",
    "x\n\n",
    "\nx",
    " \nx",
    "x\n ",
    "x \ny",
    "x\t\ny",
    "\tx\ny",
    "\r",
    "\r\n",
    "a\r\nb",
  ],
  ...[
    "\0",
    "\u0001\n",
    "\u007f",
    "\u0085",
    "a\u0085b\nc",
    "\u2028",
    "a\u2028b\nc",
    "\u2029",
    "\ufeff",
    "\ufeffx\ny",
    "\ufffe",
    "\u00a0",
  ],
  ...[
    "no",
    "yes",
    "on",
    "~",
    "null",
    "NULL",
    "true",
    "0o7",
    "0x1F",
    "1_000",
    "012",
    "1e3",
    ".5",
    "+1",
    "-0",
    ".inf",
    ".NaN",
    "2026-01-01",
  ],
  ...[
    "<<",
    "=",
    "- x",
    "-",
    "---",
    "...",
    "---\n",
    "\n---\n",
    "\n...\n",
    "...\nx",
    "x\n...",
    "? x",
    ": ",
    "a: b",
    "a:",
    ":a",
    "#",
    "a #b",
    "#a\n#b",
  ],
  ...[
    "|",
    ">",
    "|\nx",
    ">-\n x",
    "&a",
    "*a",
    "!x",
    "!!js/function",
    "%TAG",
    "%YAML 1.1\n",
    "@x",
    "`x`",
    "[",
    "]",
    "{",
    "}",
    "{}",
    "[]",
    ",",
  ],
  ...[
    '"',
    "'",
    "\\",
    '"x"',
    "'x'",
    '\\"',
    "\\n",
    "\\u0000",
    '"footer":{',
    '\n"footer":{}',
    "\nfooter: {",
    "footer: {}\n...\n",
    "entries:\n  - at: x",
  ],
  ...[
    "\u{1f600}",
    "שלום\nעולם",
    "漢字\n漢字",
    "e\u0301",
    "a".repeat(2000),
    `${"a ".repeat(600)}\n${"b ".repeat(600)}`,
    "    x\n  y\nz",
    "\n\n  x\n",
  ],
];
const HOSTILE_KEYS: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "0",
  "1",
  "10",
  "-1",
  "1.5",
  "01",
  "message",
  "footer",
  "keep",
];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...HOSTILE_TEXTS)).map((parts) => parts.join("")),
);
const key = fc.oneof(
  fc.constantFrom(...HOSTILE_KEYS, ...HOSTILE_TEXTS),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const number = fc.oneof(
  fc.constantFrom(0, 1e21, 5e-324, 2 ** 53, -(2 ** 53), 0.1, 1e-7, 123456789012345680000),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
);
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const message = fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true });

/** What every codec keeps, whatever is in a record. */
export function codecTests(format: Format): void {
  const { codec } = format;
  const footer = {
    revision: 3,
    messageCount: 2,
    size: 100,
    usage: { inputTokens: 1, "naïve\u2028 counter": 2 },
    check: "0badcafe",
  };

  function encode(fields: JsonObject): string {
    const pieces = Object.entries(fields).map(([name, field], index) =>
      codec.encodeField(name, field ?? null, index === 0),
    );
    return pieces.join("") + codec.encodeFooter(JSON.stringify(footer), pieces.length === 0);
  }

  /** Equal in every respect that JavaScript can tell: own `__proto__`, the order of keys, the sign of zero. */
  function same(a: unknown, b: unknown): void {
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    deepStrictEqual(a, b);
  }

  describe(`${codec.name}: codec`, () => {
    beforeAll(() => codec.load?.());

    it("gives back every record as it was, and each field by itself", () => {
      fc.assert(
        fc.property(fc.array(message, { maxLength: 3 }), value, (messages, state) => {
          const fields: JsonObject = {
            keep: 2,
            head: { title: "T", state },
            entries: messages.map((item) => ({ at: "x", message: item })),
          };
          same(codec.decodeRecord(encode(fields)), { ...fields, footer });
          same(
            codec.decodeField(codec.encodeField("head", fields["head"] ?? null, false), "head"),
            fields["head"],
          );
        }),
        { numRuns: 400, seed: 20261121 },
      );
    });

    it.each(HOSTILE_TEXTS.map((item) => [JSON.stringify(item).slice(0, 60), item]))(
      "keeps the text and key %s",
      (_name, item) => {
        const fields: JsonObject = {
          entries: [{ at: "x", message: { content: item, [item]: [item, { [item]: item }] } }],
          note: item,
        };
        same(codec.decodeRecord(encode(fields)), { ...fields, footer });
      },
    );

    it("finds the same records forwards, backwards and all at once, and no footer but the last field", () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(message, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4 }),
          (commits) => {
            const records = commits.map((messages, index) => ({
              ...(index % 2 === 1 ? { keep: index } : {}),
              entries: messages.map((item) => ({ message: item })),
            }));
            const texts = records.map(encode);
            const bytes = Buffer.from(texts.join(""));
            const forwards = [0];
            for (let end = codec.findEnd(bytes, 0); end !== -1; end = codec.findEnd(bytes, end))
              forwards.push(end);
            const backwards = [bytes.length];
            for (
              let start = codec.findStart(bytes, bytes.length);
              start > 0;
              start = codec.findStart(bytes, start)
            )
              backwards.unshift(start);
            expect(forwards).toEqual([0, ...backwards]);
            expect(forwards).toHaveLength(texts.length + 1);
            same(codec.decodeRecords?.(bytes, 0, forwards.slice(1)), records);
            for (const [index, record] of records.entries()) {
              const [start = 0, end = 0] = [forwards[index], forwards[index + 1]];
              expect(JSON.parse(codec.footerText(bytes, start, end) ?? "null")).toEqual(footer);
              expect(codec.glanceKeep(bytes, start, end)).toBe("keep" in record ? record.keep : null);
            }
          },
        ),
        { numRuns: 200, seed: 20261121 },
      );
    });

    it("closes a record that was cut behind its footer so that it reads as if it had been whole", () => {
      const whole = encode({ entries: [{ at: "x", message: { content: "y" } }] });
      const footerEnd = whole.lastIndexOf("}") + 1;
      for (let length = footerEnd; length <= whole.length; length++) {
        const cut = whole.slice(0, length);
        expect(cut + codec.closingFor(cut === whole ? "" : cut)).toBe(whole);
        expect(codec.footerText(Buffer.from(cut), 0, Buffer.byteLength(cut))).toBe(JSON.stringify(footer));
        expect(codec.decodeRecord(cut)).toEqual(codec.decodeRecord(whole));
      }
    });

    it("refuses a record that is cut before the end of its footer, or takes it for one without footer", () => {
      const whole = encode({ entries: [{ at: "x", message: { content: "y\nz" } }] });
      for (let length = 0; length < whole.lastIndexOf("}"); length++) {
        let read: JsonValue | undefined;
        try {
          read = codec.decodeRecord(whole.slice(0, length));
        } catch {
          continue;
        }
        expect(JSON.stringify((read as JsonObject | undefined)?.["footer"] ?? null)).not.toBe(
          JSON.stringify(footer),
        );
      }
    });
  });
}
