import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  copyJson,
  type JsonValue,
  MAX_JSON_DEPTH,
  normaliseJson,
  normaliseJsonObject,
} from "../src/json-value.js";

const pathOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return { code: (error as { code?: unknown }).code, path: (error as { path?: unknown }).path };
  }
  return "accepted";
};

describe("normaliseJson()", () => {
  it("gives back what JSON carries, deep-equal and as a copy", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(normaliseJson(JSON.parse(text), "value"))).toBe(text);
      }),
    );
  });

  it("leaves out undefined properties, turns -0 into 0 and makes null-prototype objects plain", () => {
    const source = Object.assign(Object.create(null) as object, {
      a: undefined,
      b: -0,
      c: Object.create(null) as object,
    });
    const copy = normaliseJson(source, "value") as Record<string, unknown>;
    expect(copy).toStrictEqual({ b: 0, c: {} });
    expect(Object.is(copy["b"], 0)).toBe(true);
  });

  it("keeps an own key __proto__ as an own key and reaches no prototype", () => {
    const copy = normaliseJson(JSON.parse('{"__proto__":{"polluted":true}}'), "value");
    expect(Object.keys(copy as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("takes plain objects and arrays of another realm", () => {
    const foreign: unknown = runInNewContext("({ a: [1, { b: 2 }] })");
    expect(normaliseJson(foreign, "value")).toStrictEqual({ a: [1, { b: 2 }] });
  });

  it.each([
    ["undefined in an array", [undefined], "m[0]"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is refused
    ["a hole", [1, , 2], "m[1]"],
    ["NaN", { a: [Number.NaN] }, "m.a[0]"],
    ["Infinity", { a: Number.POSITIVE_INFINITY }, "m.a"],
    ["a BigInt", { "a b": 1n }, 'm["a b"]'],
    ["a function", { a: () => 1 }, "m.a"],
    ["a symbol value", { a: Symbol("s") }, "m.a"],
    ["a symbol key", { [Symbol("s")]: 1 }, 'm["Symbol(s)"]'],
    ["a Date", { a: new Date(0) }, "m.a"],
    ["a Map", { a: new Map() }, "m.a"],
    ["a class instance", { a: new (class Point {})() }, "m.a"],
    ["an array subclass", { a: new (class List extends Array {})() }, "m.a"],
    ["a boxed string", { a: Object("x") }, "m.a"],
    ["a lone surrogate", { a: "\ud800" }, "m.a"],
    ["a lone surrogate in a key", { "\udc00": 1 }, 'm["\\udc00"]'],
    [
      "an accessor",
      {
        get a() {
          return 1;
        },
      },
      "m.a",
    ],
    [
      "a property that is not enumerable",
      Object.defineProperty({}, "a", { value: 1, enumerable: false }),
      "m.a",
    ],
    [
      "an accessor in an array",
      Object.defineProperty(["x"], 0, { enumerable: true, configurable: true, get: () => 1 }),
      "m[0]",
    ],
    [
      "a property that vanishes while it is read",
      new Proxy({ a: 1 }, { getOwnPropertyDescriptor: () => undefined }),
      "m.a",
    ],
    ["an instance of a class without a name", { a: new (class {})() }, "m.a"],
    ["a named property of an array", Object.assign([1], { extra: 2 }), "m.extra"],
  ])("refuses %s with the path to it", (_name, value, path) => {
    expect(pathOf(() => normaliseJson(value, "m"))).toEqual({ code: "INVALID_VALUE", path });
  });

  it("cuts a path that is very long in its middle", () => {
    const key = "key".repeat(100);
    const { path } = pathOf(() => normaliseJson({ [key]: { [key]: { end: () => 1 } } }, "m")) as {
      path: string;
    };
    expect(path.length).toBeLessThan(400);
    expect(path).toMatch(/^m\.key.*….*key\.end$/);
  });

  it("takes 500 levels and refuses the 501st, and what refers to itself", () => {
    const nested = (levels: number): unknown => {
      let value: unknown = [];
      for (let level = 1; level < levels; level++) value = [value];
      return value;
    };
    expect(normaliseJson(nested(MAX_JSON_DEPTH), "m")).toEqual(nested(MAX_JSON_DEPTH));
    expect(pathOf(() => normaliseJson(nested(MAX_JSON_DEPTH + 1), "m"))).toMatchObject({
      code: "INVALID_VALUE",
    });
    const ring: Record<string, unknown> = {};
    ring["self"] = { ring, other: ring };
    expect(pathOf(() => normaliseJson(ring, "m"))).toMatchObject({ code: "INVALID_VALUE" });
  });
});

describe("normaliseJsonObject()", () => {
  it.each([[null], [[]], ["text"], [1]])("refuses %j", (value) => {
    expect(pathOf(() => normaliseJsonObject(value, "m"))).toEqual({ code: "INVALID_VALUE", path: "m" });
  });
});

describe("copyJson()", () => {
  it("copies deeply, own __proto__ keys included", () => {
    const source = JSON.parse('{"a":[{"b":null}],"__proto__":{"c":1}}') as JsonValue;
    const copy = copyJson(source);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(source));
    expect(copy).not.toBe(source);
  });

  it("leaves out what is undefined, as JSON does", () => {
    expect(Object.keys(copyJson({ kept: 1, gone: undefined as never }))).toEqual(["kept"]);
  });
});
