import { SessionStoreError } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { isBusy, isDamage, isUnwritable, toStoreError } from "../src/sqlite-error.js";

const driverError = (code: unknown): Error => Object.assign(new Error("what SQLite said"), { code });

function translated(code: string, sessionId?: string): SessionStoreError {
  const error = toStoreError(driverError(code), "here.db", sessionId);
  if (!SessionStoreError.is(error)) throw error;
  return error;
}

describe("what the driver says becomes the library's error, with what to do about it", () => {
  const cases = [
    ["SQLITE_NOTADB", "STORE_INCOMPATIBLE", "no SQLite database"],
    ["SQLITE_CORRUPT_VTAB", "STORE_IO", "run repair"],
    ["SQLITE_BUSY_SNAPSHOT", "STORE_IO", "kept busy"],
    ["SQLITE_LOCKED", "STORE_IO", "kept busy"],
    ["SQLITE_FULL", "STORE_IO", "Free some space"],
    ["SQLITE_READONLY_DBMOVED", "STORE_IO", "cannot be written to"],
    ["SQLITE_PERM", "STORE_IO", "cannot be written to"],
    ["SQLITE_AUTH", "STORE_IO", "cannot be written to"],
    ["SQLITE_CANTOPEN_ISDIR", "STORE_IO", "cannot be opened"],
    ["SQLITE_TOOBIG", "STORE_IO", "1,000,000,000 bytes"],
    ["SQLITE_NOLFS", "STORE_IO", "network disk"],
    ["SQLITE_IOERR_SHORT_READ", "STORE_IO", "(SQLITE_IOERR_SHORT_READ)"],
    ["SQLITE_MISMATCH", "STORE_IO", "failed: what SQLite said (SQLITE_MISMATCH)"],
  ] as const;
  for (const [given, code, said] of cases) {
    it(`${given} is ${code}`, () => {
      const error = translated(given);
      expect(error.code).toBe(code);
      expect(error.message).toContain(said);
      expect(error.cause).toMatchObject({ code: given });
    });
  }

  it("where a session is known, damage and a busy database are told of it", () => {
    expect(translated("SQLITE_CORRUPT_INDEX", "s1")).toMatchObject({
      code: "SESSION_CORRUPTED",
      sessionId: "s1",
    });
    expect(translated("SQLITE_BUSY", "s1")).toMatchObject({ code: "SESSION_LOCKED", sessionId: "s1" });
  });
});

it("what is no driver's error passes through as it is", () => {
  const others = [new Error("other"), driverError(5), driverError("ENOENT"), { code: "SQLITE_BUSY" }, null];
  for (const other of others) {
    expect(toStoreError(other, "here.db")).toBe(other);
    expect([isBusy(other), isDamage(other), isUnwritable(other)]).toEqual([false, false, false]);
  }
});

it("kinds of errors are told apart by the driver's code, and damage behind a library's error too", () => {
  const kinds = (code: string): boolean[] =>
    [isBusy, isDamage, isUnwritable].map((test) => test(driverError(code)));
  expect(kinds("SQLITE_LOCKED_SHAREDCACHE")).toEqual([true, false, false]);
  expect(kinds("SQLITE_CORRUPT")).toEqual([false, true, false]);
  expect(kinds("SQLITE_CANTOPEN")).toEqual([false, false, true]);
  expect(kinds("SQLITE_READONLY")).toEqual([false, false, true]);
  expect(kinds("SQLITE_FULL")).toEqual([false, false, false]);
  expect(isDamage(translated("SQLITE_CORRUPT"))).toBe(true);
  expect(isDamage(translated("SQLITE_FULL"))).toBe(false);
});
