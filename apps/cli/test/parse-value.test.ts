import { describe, expect, it } from "vitest";
import { assignment, metadata, time, usage, wholeNumber } from "../src/options/parse-value.js";

describe("option values", () => {
  it("metadata() takes texts for texts, and for a number only what JSON writes so", () => {
    const pairs = [
      "a=b=c",
      "n=3",
      "v=1.0",
      "z=007",
      "t=true",
      "x=null",
      's="3"',
      "e=",
      "o={}",
      "__proto__=p",
    ];
    expect(Object.entries(metadata(pairs))).toEqual([
      ["a", "b=c"],
      ["n", 3],
      ["v", "1.0"],
      ["z", "007"],
      ["t", true],
      ["x", null],
      ["s", "3"],
      ["e", ""],
      ["o", "{}"],
      ["__proto__", "p"],
    ]);
    expect(() => metadata(["novalue"])).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("assignment() takes JSON, else a text, and refuses JSON that is not finished", () => {
    expect(assignment("a.b=1")).toEqual(["a.b", 1]);
    expect(assignment("a=null")).toEqual(["a", null]);
    expect(assignment('a={"b":[1]}')).toEqual(["a", { b: [1] }]);
    expect(assignment("a=completed")).toEqual(["a", "completed"]);
    expect(() => assignment('a={"b":')).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("usage(), wholeNumber() and time() refuse what they cannot take exactly", () => {
    expect(usage(["inputTokens=3", "cache=0"])).toEqual({ inputTokens: 3, cache: 0 });
    for (const pair of ["a=1.5", "a=-1", "a=", "a"]) expect(() => usage([pair])).toThrow();
    expect(wholeNumber(1)("12")).toBe(12);
    for (const text of ["0", "1e3", "-1", "x", "", "99999999999999999"])
      expect(() => wholeNumber(1)(text)).toThrow();
    expect(time("2026-01-31T12:00:00Z")).toBe("2026-01-31T12:00:00.000Z");
    for (const text of ["yesterday", "7", "2026-13-01"]) expect(() => time(text)).toThrow();
  });
});
