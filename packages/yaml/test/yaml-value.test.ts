import { beforeAll, describe, expect, it } from "vitest";
import { loadYaml, parseYaml } from "../src/lazy-yaml.js";
import { yamlCodec } from "../src/yaml-codec.js";

beforeAll(() => loadYaml());

describe("parseYaml()", () => {
  it("names the place of a NUL, which is no text", () => {
    expect(() => parseYaml("a: one\nb: t\0o\n")).toThrow(expect.objectContaining({ line: 2, column: 5 }));
  });

  it.each([
    ["lists in brackets", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`, { line: 1, column: 524 }],
    ["maps in brackets", `a: 1\nb: ${"{k: ".repeat(20_000)}${"}".repeat(20_000)}\n`, { line: 2 }],
    ["lists on one line", `a:\n  ${"- ".repeat(20_000)}x\n`, { line: 2, column: 1043 }],
    ["keys on one line", `${"? ".repeat(20_000)}x\n`, { line: 1 }],
  ])("refuses %s that would exhaust the stack", (_what, text, place) => {
    expect(() => parseYaml(text)).toThrow(expect.objectContaining(place));
  });

  it("reads as deep as core writes, whatever the texts in it look like", () => {
    const brackets = "[{-? ".repeat(2000);
    const deep = `a: ${"[".repeat(500)}x${"]".repeat(500)}\n`;
    expect(JSON.stringify(parseYaml(deep))).toContain('["x"]');
    expect(
      parseYaml(`plain: x${brackets.trimEnd()}\nquoted: "${brackets}"\nliteral: |-\n  ${brackets}\n`),
    ).toEqual({
      plain: `x${brackets.trimEnd()}`,
      quoted: brackets,
      literal: brackets,
    });
    expect(parseYaml(`rows:\n${"  - - 1\n    - 2\n".repeat(1000)}`)).toHaveProperty("rows.999", [1, 2]);
  });
});

describe("parseYaml() of numbers that JSON does not have", () => {
  it.each([
    ["a word", ".inf"],
    ["an exponent", "1e999"],
    ["digits", "9".repeat(310)],
    ["digits before a fraction", `-${"9".repeat(310)}.5`],
    ["digits and an exponent", `${"9".repeat(250)}e99`],
    ["hexadecimal digits", `0x${"f".repeat(257)}`],
    ["octal digits", `0o${"7".repeat(350)}`],
  ])("refuses one that is infinite by %s", (_how, number) => {
    expect(() => parseYaml(`a: 1\nb: ${number}\n`)).toThrow(expect.objectContaining({ line: 2, column: 4 }));
  });

  it("takes the largest that there is, and texts that look like larger ones", () => {
    const digits = BigInt(Number.MAX_VALUE).toString();
    expect(parseYaml(`a: ${digits}\nb: "${digits}0"\n`)).toEqual({ a: Number.MAX_VALUE, b: `${digits}0` });
  });
});

describe("yamlCodec", () => {
  it("gives what stands in a record that is no mapping, so that it can be refused", () => {
    expect(yamlCodec.decodeRecord('- 1\nfooter: {"revision":1}\n...\n')).toEqual([1]);
    expect(yamlCodec.decodeRecord('footer: {"revision":1}\n...\n')).toEqual({ footer: { revision: 1 } });
    expect(yamlCodec.decodeField("- 1\n", "head")).toBeUndefined();
  });
});
