import { expect, it } from "vitest";
import { canonicalJson } from "../src/canonical-json.js";

it("canonicalJson() is one text whatever the order of keys, and leaves out what is undefined as JSON does", () => {
  const text = '{"a":[1,{"c":null}],"b":"x"}';
  expect(canonicalJson({ b: "x", a: [1, { c: null }] })).toBe(text);
  expect(canonicalJson({ a: [1, { c: null }], b: "x", gone: undefined as never })).toBe(text);
});
