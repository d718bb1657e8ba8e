import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchText, splitWords } from "../src/search-match.js";
import { foldText } from "../src/text.js";

describe("splitWords()", () => {
  it("splits on any white space, folds, and keeps each word once", () => {
    expect(splitWords("  Refresh\u00a0TOKEN\n refresh ")).toEqual(["refresh", "token"]);
  });

  it.each([[""], [" \n\t"], ["\ud800"], ["x".repeat(5000)], [7], [null]])("refuses %j", (text) => {
    expect(() => splitWords(text)).toThrow(expect.objectContaining({ code: "INVALID_QUERY" }) as Error);
  });
});

describe("matchText()", () => {
  it("wants every word and marks the first one", () => {
    const match = matchText("The refresh token is never rotated", splitWords("TOKEN refresh"));
    expect(match?.snippet.slice(match.matchStart, match.matchEnd)).toBe("token");
    expect(matchText("The refresh token", ["token", "absent"])).toBeNull();
  });

  it.each([
    ["decomposed text", `${"e\u0301".repeat(40)}needle`, "needle", "needle"],
    ["a word found in decomposed text", "un cafe\u0301 noir", "CAFÉ", "cafe\u0301"],
    ["text whose lower case is longer", "İİİ needle", "NEEDLE", "needle"],
    [
      "a match that is an emoji, cut from its neighbours",
      `${"😀".repeat(99)}🦊${"😀".repeat(99)}`,
      "🦊",
      "🦊",
    ],
    ["emoji before the match", "😀😀 needle 😀", "needle", "needle"],
  ])("marks the original characters in %s", (_name, text, query, expected) => {
    const match = matchText(text, splitWords(query));
    expect(match?.snippet.slice(match.matchStart, match.matchEnd)).toBe(expected);
  });

  it("does not begin a snippet in the middle of an emoji", () => {
    const match = matchText(`${"😀".repeat(99)}-needle`, ["needle"]);
    expect(match?.snippet).toBe(`${"😀".repeat(30)}-needle`);
    expect(match?.snippet.slice(match.matchStart)).toBe("needle");
  });

  it("gives a well-formed snippet whose marked part folds to what was searched", () => {
    const unit = fc.constantFrom("a", "B", "é", "e\u0301", "İ", "ß", "ﬁ", "가", "😀", " ", "Ω");
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 300 }),
        fc.array(unit, { maxLength: 300 }),
        (before, behind) => {
          const match = matchText(`${before.join("")} needle ${behind.join("")}`, ["needle"]);
          expect(match).not.toBeNull();
          if (match === null) return;
          expect(match.snippet.isWellFormed()).toBe(true);
          expect(foldText(match.snippet.slice(match.matchStart, match.matchEnd))).toBe("needle");
        },
      ),
    );
  });
});

// Every step of a binary search used to fold the whole text before it: a hit in a long decomposed text held the event loop for 100 ms.
describe("matchText() in a long text that folding shortens", () => {
  it.each([
    ["e\u0301 a\u030a ", 40_000],
    ["\u1112\u1161\u11ab", 80_000],
    ["\u0130", 100_000],
    ["\u0e01\u0e34", 3000],
  ])("finds the place behind %j times %d", (piece, times) => {
    const match = matchText(`${piece.repeat(times)}Needle${piece}`, ["needle"]);
    expect(match?.snippet.slice(match.matchStart, match.matchEnd)).toBe("Needle");
  });
});
