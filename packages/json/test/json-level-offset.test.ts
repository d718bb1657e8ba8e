import { describe, expect, it } from "vitest";
import { jsonLevelOffset } from "../src/json-level-offset.js";

describe("jsonLevelOffset()", () => {
  it.each([
    ['{"a":[]}', 1, 0],
    ['{"a":[]}', 2, 5],
    ['{"a":[1,{"b":{}}]}', 4, 13],
    ["[[],[],[[]]]", 3, 8],
    ['["[[[", "\\"[[[", [1]]', 2, 17],
    ['{"a":1}', 2, 0],
    ["1", 1, 0],
  ])("of %s, level %i, is %i", (text, level, offset) => {
    expect(jsonLevelOffset(text, level)).toBe(offset);
  });

  it("of a very long string in front is found at once", () => {
    const text = `["${'a word, \\" and '.repeat(200_000)}", [1]]`;
    expect(jsonLevelOffset(text, 2)).toBe(text.length - 4);
  });
});
