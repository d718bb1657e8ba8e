import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseExactJson } from "../src/options/parse-exact-json.js";
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

  // A date alone was its midnight in UTC, while a time on the same day was local.
  it.each([
    ["2026-01-31", "2026-01-30T18:30:00.000Z"],
    ["2026-01", "2025-12-31T18:30:00.000Z"],
    ["2026-01-31T12:00", "2026-01-31T06:30:00.000Z"],
    ["2026-01-31 12:00", "2026-01-31T06:30:00.000Z"],
    ["2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31 12:00 UTC", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31 12:00 +05:30", "2026-01-31T06:30:00.000Z"],
  ])("time() of %s is local where it names no zone", (text, expected) => {
    vi.stubEnv("TZ", "Asia/Kolkata");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(time(text)).toBe(expected);
  });

  it("usage(), wholeNumber() and time() refuse what they cannot take exactly", () => {
    expect(usage(["inputTokens=3", "cache=0"])).toEqual({ inputTokens: 3, cache: 0 });
    for (const pair of ["a=1.5", "a=-1", "a=", "a"]) expect(() => usage([pair])).toThrow();
    expect(wholeNumber(1)("12")).toBe(12);
    for (const text of ["0", "1e3", "-1", "x", "", "99999999999999999"])
      expect(() => wholeNumber(1)(text)).toThrow();
    expect(time("2026-01-31T12:00:00Z")).toBe("2026-01-31T12:00:00.000Z");
    for (const text of ["yesterday", "7", "2026-13-01", "2026-01-31T", "2026-02-30 10:00"])
      expect(() => time(text)).toThrow();
  });

  // They were rounded without a word.
  it.each(["9007199254740993", "-9007199254740993", "[1, 123456789012345678901]", '{"a": 1e999}'])(
    "refuses the number in %s, which would not be kept",
    (text) => {
      const refused: unknown = expect.objectContaining({ code: "INVALID_VALUE" });
      expect(() => assignment(`a=${text}`)).toThrow(refused);
      expect(() => parseExactJson(text, "stdin")).toThrow(refused);
    },
  );

  it("keeps every number that JavaScript holds, and what only looks like one", () => {
    for (const text of [
      "9007199254740991",
      "-0.1e-7",
      '"123456789012345678901"',
      '{"12345678901234567890":"\\"1e999"}',
    ])
      expect(parseExactJson(text, "stdin")).toEqual(JSON.parse(text));
    expect(metadata(["id=12345678901234567890"])).toEqual({ id: "12345678901234567890" });
    expect(() => usage(["tokens=9007199254740993"])).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });
});
