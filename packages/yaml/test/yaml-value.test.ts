import { describe, expect, it } from "vitest";
import { yamlCodec } from "../src/yaml-codec.js";
import { parseYaml } from "../src/yaml-value.js";

describe("parseYaml()", () => {
  it("names the place of a NUL, which is no text", () => {
    expect(() => parseYaml("a: one\nb: t\0o\n")).toThrow(expect.objectContaining({ line: 2, column: 5 }));
  });
});

describe("yamlCodec", () => {
  it("gives what stands in a record that is no mapping, so that it can be refused", () => {
    expect(yamlCodec.decodeRecord('- 1\nfooter: {"revision":1}\n...\n')).toEqual([1]);
    expect(yamlCodec.decodeRecord('footer: {"revision":1}\n...\n')).toEqual({ footer: { revision: 1 } });
    expect(yamlCodec.decodeField("- 1\n", "head")).toBeUndefined();
  });
});
