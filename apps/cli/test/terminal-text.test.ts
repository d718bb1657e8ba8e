import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manyLines, oneLine, safeJson } from "../src/terminal-text.js";

const HOSTILE = "a\u001b[31mb\u0007c\u009bd\u202ee\rf\ng\th\u2028i\u007f";

describe("terminal text", () => {
  it("leaves nothing that a terminal acts on", () => {
    expect(oneLine(HOSTILE)).toBe("a\\u001b[31mb\\u0007c\\u009bd\\u202ee f g h\\u2028i\\u007f");
    expect(manyLines(HOSTILE)).toBe("a\\u001b[31mb\\u0007c\\u009bd\\u202ee\\u000df\ng\th\\u2028i\\u007f");
  });

  it("keeps the meaning of JSON", () => {
    const json = safeJson(JSON.stringify({ text: HOSTILE }, null, 2));
    expect(JSON.parse(json)).toEqual({ text: HOSTILE });
    expect(json).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it("keeps the meaning of any JSON, and is safe for any text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        expect(JSON.parse(safeJson(JSON.stringify([value, text], null, 2)))).toEqual(
          JSON.parse(JSON.stringify([value, text])),
        );
        expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        expect(manyLines(text)).not.toMatch(/[^\P{Cc}\n\t]|\p{Bidi_Control}/u);
      }),
    );
  });

  it("leaves ordinary text of any language alone", () => {
    const text = "Zürich 東京 👩‍👩‍👧 שלום";
    expect(oneLine(text)).toBe(text);
  });
});
