import { describe, expect, it } from "vitest";
import { parseAssignments, parsePath, setAtPath, unsetAtPath } from "../src/state-path.js";

const invalid = expect.objectContaining({ code: "INVALID_VALUE" }) as Error;

describe("parsePath()", () => {
  it("splits dotted text and takes arrays as they are", () => {
    expect(parsePath("a.b", "p")).toEqual(["a", "b"]);
    expect(parsePath(["a.b", ""], "p")).toEqual(["a.b", ""]);
  });

  it.each([["k."], ["."], [""], [[]], [[1]], [null], [["\ud800"]]])("refuses %j", (path) => {
    expect(() => parsePath(path, "p")).toThrow(invalid);
  });
});

describe("setAtPath()", () => {
  it("makes what is missing and shares what is not on the way", () => {
    const state = { keep: { x: 1 }, a: { b: 1 } };
    const next = setAtPath(state, ["a", "c", "d"], 2);
    expect(next).toEqual({ keep: { x: 1 }, a: { b: 1, c: { d: 2 } } });
    expect(next["keep"]).toBe(state.keep);
    expect(state.a).toEqual({ b: 1 });
  });

  it("addresses array items and the place behind the last", () => {
    expect(setAtPath({ list: [1, 2] }, ["list", "1"], 9)).toEqual({ list: [1, 9] });
    expect(setAtPath({ list: [1] }, ["list", "1"], 2)).toEqual({ list: [1, 2] });
    expect(() => setAtPath({ list: [1] }, ["list", "3"], 2)).toThrow(invalid);
    expect(() => setAtPath({ list: [1] }, ["list", "x"], 2)).toThrow(invalid);
  });

  it.each([["text"], [1], [true], [null]])("refuses to walk into %j", (scalar) => {
    expect(() => setAtPath({ a: scalar }, ["a", "b"], 1)).toThrow(invalid);
    expect(() => setAtPath({ list: [scalar] }, ["list", "0", "b"], 1)).toThrow(invalid);
  });

  it.each([[["__proto__", "x"]], [["constructor", "prototype", "x"]]])(
    "reaches no prototype through %j",
    (path) => {
      const next = setAtPath({}, path, "polluted");
      expect(Object.keys(next)).toEqual([path[0]]);
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
      expect((Object as unknown as Record<string, unknown>)["x"]).toBeUndefined();
    },
  );
});

describe("unsetAtPath()", () => {
  it("removes what is there and is no change where nothing is", () => {
    const state = { a: { b: 1, c: 2 } };
    expect(unsetAtPath(state, ["a", "b"])).toEqual({ a: { c: 2 } });
    expect(unsetAtPath(state, ["a", "x"])).toBe(state);
    expect(unsetAtPath(state, ["x", "y"])).toBe(state);
  });

  it("takes null on the way for a value, not for a gap", () => {
    expect(() => unsetAtPath({ a: null }, ["a", "b"])).toThrow(invalid);
    expect(() => unsetAtPath({ list: [null] }, ["list", "0", "b"])).toThrow(invalid);
  });

  it("refuses to walk into a scalar and to shift an array", () => {
    expect(() => unsetAtPath({ a: 1 }, ["a", "b"])).toThrow(invalid);
    expect(() => unsetAtPath({ a: [1, 2] }, ["a", "0"])).toThrow(invalid);
    expect(unsetAtPath({ a: [{ b: 1 }] }, ["a", "0", "b"])).toEqual({ a: [{}] });
  });
});

describe("parseAssignments()", () => {
  it("takes an object of dotted paths or pairs, in their order", () => {
    expect(parseAssignments({ "a.b": 1, c: undefined })).toEqual([[["a", "b"], 1]]);
    expect(parseAssignments([[["a.b"], 1]])).toEqual([[["a.b"], 1]]);
  });

  it.each([[null], ["a"], [[["a"]]], [[1]], [[[["a"], undefined]]]])("refuses %j", (set) => {
    expect(() => parseAssignments(set)).toThrow(invalid);
  });
});
