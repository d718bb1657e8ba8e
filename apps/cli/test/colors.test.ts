import { describe, expect, it } from "vitest";
import { createColors } from "../src/colors.js";

describe("createColors()", () => {
  it("colours, and ends what it began", () => {
    const { bold, red } = createColors(true);
    expect(red(bold("x"))).toBe("\u001b[31m\u001b[1mx\u001b[22m\u001b[39m");
  });

  it("leaves texts alone when it is not enabled", () => {
    for (const style of Object.values(createColors(false))) expect(style("x")).toBe("x");
  });
});
