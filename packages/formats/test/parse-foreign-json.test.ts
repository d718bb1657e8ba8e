import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepable } from "../src/foreign-value.js";
import { parseForeignJson } from "../src/parse-foreign-json.js";

describe("parseForeignJson()", () => {
  it("reads every JSON text as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseForeignJson(text)).toEqual(JSON.parse(text));
      }),
      // Not safe integers, and yet exact.
      { examples: [[[2 ** 53, -(2 ** 53), 2 ** 63, 1e21], 0]] },
    );
  });

  it("keeps numbers that JavaScript cannot hold as they were written, and leaves texts alone", () => {
    const text =
      '[NaN, -Infinity, Infinity, 9007199254740993, -12345678901234567890, 1e999, "NaN \\" 1e999", 1.5e3]';
    const kept = keepable({ list: parseForeignJson(text) });
    expect(Object.keys(kept["$verbatim"] ?? {})).toEqual([0, 1, 2, 3, 4, 5].map((index) => `/list/${index}`));
    expect(kept["list"]).toEqual([
      "NaN",
      "-Infinity",
      "Infinity",
      "9007199254740993",
      "-12345678901234567890",
      "1e999",
      'NaN " 1e999',
      1500,
    ]);
  });

  it("takes a very long text in its stride", () => {
    const long = `${'\\\\\\"NaN '.repeat(500_000)}`;
    expect(parseForeignJson(`["${long}", NaN]`)).toEqual([
      JSON.parse(`"${long}"`),
      expect.stringMatching(/:NaN$/),
    ]);
  });

  it("rejects what is no JSON", () => {
    for (const text of ["", "{", "nan", "[NaN", "{'a': 1}", "[1,]"])
      expect(() => parseForeignJson(text)).toThrow();
  });
});
