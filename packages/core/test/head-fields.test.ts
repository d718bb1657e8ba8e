import { describe, expect, it } from "vitest";
import { addUsage, checkLabels, checkMetadata, checkUsage } from "../src/head-fields.js";

const refusal = (path: string): Error =>
  expect.objectContaining({ code: "INVALID_VALUE", path: expect.stringContaining(path) }) as Error;

describe("checkLabels()", () => {
  it("counts a repeated label once, and refuses too many different ones", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `label ${index}`);
    expect(checkLabels(Array<string>(10_000).fill("same"))).toEqual(["same"]);
    expect(() => checkLabels(many)).toThrow(refusal("labels"));
  });
});

describe("checkMetadata()", () => {
  it("leaves out what is undefined, as JSON does", () => {
    expect(checkMetadata({ kept: 1, gone: undefined })).toEqual({ kept: 1 });
  });

  it("refuses keys that no JSON text can carry", () => {
    expect(() => checkMetadata({ "\ud800": 1 })).toThrow(refusal("metadata"));
    expect(() => checkMetadata({ [Symbol("hidden")]: 1 })).toThrow(refusal("hidden"));
  });

  it("refuses an accessor instead of calling it", () => {
    let calls = 0;
    const sly = Object.defineProperty({}, "key", { enumerable: true, get: () => ++calls });
    expect(() => checkMetadata(sly)).toThrow(refusal("key"));
    expect(calls).toBe(0);
  });
});

describe("checkUsage()", () => {
  it("leaves out a counter that is undefined", () => {
    expect(checkUsage({ cached: undefined, outputTokens: 2 })).toEqual({ inputTokens: 0, outputTokens: 2 });
  });
});

it("addUsage() adds what either side counts, and takes no counter for an inherited property", () => {
  expect(addUsage(checkUsage({ a: 1 }), checkUsage({ a: 2, constructor: 3 }))).toEqual({
    inputTokens: 0,
    outputTokens: 0,
    a: 3,
    constructor: 3,
  });
});
