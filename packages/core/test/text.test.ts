import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareCodePoints, foldText } from "../src/text.js";

describe("compareCodePoints()", () => {
  it("orders as the UTF-8 bytes do, astral characters included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(bytes));
      }),
      {
        examples: [
          ["\u{1f600}", "\uffff"],
          ["a\u{10000}", "a\ue000"],
          ["", "a"],
          ["a", "ab"],
        ],
      },
    );
  });
});

describe("foldText()", () => {
  it("makes NFC and NFD, upper and lower case, equal", () => {
    expect(foldText("CAFE\u0301")).toBe(foldText("caf\u00e9"));
  });
});
