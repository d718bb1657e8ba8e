import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorOffset } from "../src/json-error-offset.js";

describe("jsonErrorOffset()", () => {
  it.each([
    ['{"a":[}', 6],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["[1 2]", 3],
    ["{a:1}", 1],
    ['["x\ny"]', 1],
    ['["\\q"]', 1],
    ["[01]", 2],
    ["nul", 0],
    ["[1]]", 3],
    ['{"a":', 5],
    ["", 0],
    ["  ", 2],
  ])("of %j is %i", (text, offset) => {
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  it("is the length of whatever JSON.stringify() makes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(jsonErrorOffset(text)).toBe(text.length);
      }),
      { seed: 20261121 },
    );
  });
});
