import { describe, expect, it } from "vitest";
import { SessionConflictError, SessionDeleteError, SessionNotFoundError } from "../src/errors.js";
import { SessionStoreError } from "../src/session-store-error.js";

describe("toJSON()", () => {
  it("leaves out what there is not", () => {
    expect(new SessionStoreError("STORE_IO", "it failed").toJSON()).toEqual({
      name: "SessionStoreError",
      code: "STORE_IO",
      message: "it failed",
    });
  });

  it("shows details, session and place", () => {
    expect(new SessionConflictError("a", 1, 2).toJSON()).toMatchObject({
      sessionId: "a",
      details: { expectedRevision: 1, actualRevision: 2 },
    });
    expect(new SessionNotFoundError("a", "", "memory").toJSON()).toMatchObject({ location: "memory" });
  });

  it("reduces a cause to its text, whatever was thrown", () => {
    for (const cause of [new Error("EIO"), "EIO"])
      expect(new SessionStoreError("STORE_IO", "it failed", { cause }).toJSON()).toMatchObject({
        cause: "EIO",
      });
  });
});

describe("instanceof", () => {
  it("is by the brand and the code for the library's classes, and by the prototype for derived ones", () => {
    class Mine extends SessionNotFoundError {}
    const error = new SessionNotFoundError("a", "", "memory");
    expect(error).toBeInstanceOf(SessionStoreError);
    expect(error).not.toBeInstanceOf(SessionConflictError);
    expect(error).not.toBeInstanceOf(Mine);
    expect(new Mine("a", "", "memory")).toBeInstanceOf(Mine);
  });
});

it("the message of a failed delete() quotes its cause when that is an Error, and nothing that is none", () => {
  const quoting = new SessionDeleteError("a", "/store", { cause: new Error("EPERM") });
  const silent = new SessionDeleteError("a", "/store", { cause: { odd: true } });
  expect(quoting.message).toContain("EPERM");
  expect(silent.message).not.toContain("[object");
});
