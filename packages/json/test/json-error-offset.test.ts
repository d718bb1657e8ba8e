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
    ['{"a":"b', 7],
    ['["\u007f\u009f\\u00e9\\n😀", }', 17],
  ])("of %j is %i", (text, offset) => {
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  // What a killed writer leaves, and every reader looks at: a pattern that tried all ways through it once held them for ever.
  it("of a long string that nobody closed is its length, and comes at once", () => {
    const text = `["${'a word, \\" and '.repeat(100_000)}`;
    expect(jsonErrorOffset(text)).toBe(text.length);
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
