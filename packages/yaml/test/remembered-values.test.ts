import { describe, expect, it, vi } from "vitest";
import { RememberedValues } from "../src/remembered-values.js";

describe("RememberedValues", () => {
  it("parses a text that comes again once more and then never, and gives each caller a value of its own", () => {
    const parse = vi.fn((text: string) => ({ list: [text] }));
    const values = new RememberedValues(parse);
    for (let times = 0; times < 4; times++) {
      const value = values.of("a") as { list: string[] };
      expect(value).toEqual({ list: ["a"] });
      value.list.push("mine");
    }
    expect([values.of("b"), parse.mock.calls.length]).toEqual([{ list: ["b"] }, 3]);
  });

  it("remembers nothing of what is long, is nothing, or cannot be read", () => {
    const parse = vi.fn((text: string) => {
      if (text === "bad") throw new SyntaxError("bad");
      return text === "" ? undefined : text;
    });
    const values = new RememberedValues(parse);
    const long = "x".repeat(5000);
    for (let times = 0; times < 2; times++) {
      expect([values.of(long), values.of("")]).toEqual([long, undefined]);
      expect(() => values.of("bad")).toThrow(SyntaxError);
    }
    expect(parse).toHaveBeenCalledTimes(6);
  });

  it("forgets when there are many", () => {
    const parse = vi.fn((text: string) => text);
    const values = new RememberedValues(parse);
    for (let number = 0; number < 1000; number++) values.of(`${number}`);
    expect(values.of("0")).toBe("0");
    expect(parse).toHaveBeenCalledTimes(1001);
  });
});
