import { describe, expect, it } from "vitest";
import { messageText } from "../src/message-text.js";

/** The most that is looked at of one message: found by asking for the text of a longer one. */
const LONGEST = messageText({ content: "x".repeat(4_000_000) }).length;

describe("messageText()", () => {
  it("is cut at a bound, and never through a character", () => {
    expect(LONGEST).toBeLessThan(4_000_000);
    const text = messageText({ content: `${"x".repeat(LONGEST - 1)}😀 and more` });
    expect(text).toBe("x".repeat(LONGEST - 1));
    expect(messageText({ content: `${"x".repeat(LONGEST - 2)}😀 and more` })).toBe(
      `${"x".repeat(LONGEST - 2)}😀`,
    );
  });

  it("reads no more parts than fit", () => {
    let reads = 0;
    const part = {
      get text() {
        reads += 1;
        return "x".repeat(LONGEST / 2);
      },
    };
    expect(messageText({ content: Array(100).fill(part) })).toHaveLength(LONGEST);
    expect(reads).toBeLessThan(5);
  });

  it("passes over parts without a text", () => {
    expect(messageText({ content: ["a", { type: "image" }, { text: 7 }, null, { text: "b" }] })).toBe("a\nb");
  });
});
