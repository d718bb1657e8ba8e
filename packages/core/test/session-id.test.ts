import { describe, expect, it } from "vitest";
import { checkNamespace, checkSessionId, createIdGenerator } from "../src/session-id.js";

const invalid = expect.objectContaining({ code: "INVALID_SESSION_ID" }) as Error;

describe("checkSessionId()", () => {
  it.each([["../x"], ["a/b"], ["CON"], ["__proto__"], [" "], ["😀"], ["x".repeat(512)], ["漢".repeat(170)]])(
    "takes %j",
    (id) => expect(checkSessionId(id)).toBe(id),
  );

  it.each([
    [""],
    ["x".repeat(513)],
    ["漢".repeat(171)],
    ["a\nb"],
    ["a\u0000"],
    ["\u0085"],
    ["\ud800"],
    [1],
    [null],
    [undefined],
    [{}],
  ])("refuses %j", (id) => expect(() => checkSessionId(id)).toThrow(invalid));
});

describe("checkNamespace()", () => {
  it('takes "" as the default and refuses what an id refuses', () => {
    expect(checkNamespace("")).toBe("");
    expect(() => checkNamespace("a\nb")).toThrow(invalid);
    expect(() => checkNamespace(undefined)).toThrow(invalid);
  });
});

describe("createIdGenerator()", () => {
  it("makes version 7 UUIDs that carry the time", () => {
    const id = createIdGenerator(() => Date.UTC(2026, 0, 31))();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 31));
  });

  it("sorts ids as they were made, within a millisecond and when the clock goes back", () => {
    let now = 5_000_000;
    const newId = createIdGenerator(() => now);
    const ids = Array.from({ length: 20_000 }, (_, index) => {
      if (index === 10_000) now -= 1000;
      return newId();
    });
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
