import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { SessionCorruptedError, SessionDeleteError } from "../src/errors.js";
import { hasControlCharacters } from "../src/text.js";

type Core = typeof import("../src/index.js");

// Two installed copies of the built package: what an application gets when two of its dependencies bring one each.
let folder: string;
let one: Core;
let other: Core;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-sessions-copies-"));
  const source = fileURLToPath(new URL("../", import.meta.url));
  for (const name of ["one", "other"]) {
    const copy = join(folder, name, "node_modules", "@agent-sessions", "core");
    await cp(join(source, "dist"), join(copy, "dist"), { recursive: true });
    await cp(join(source, "package.json"), join(copy, "package.json"));
  }
  const load = async (name: string): Promise<Core> =>
    (await import(
      pathToFileURL(join(folder, name, "node_modules/@agent-sessions/core/dist/index.js")).href
    )) as Core;
  one = await load("one");
  other = await load("other");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("errors of two installed copies", () => {
  it("are of different classes, and yet instances of one another's", () => {
    const error = new one.SessionNotFoundError("a", "", "memory");
    expect(one.SessionNotFoundError).not.toBe(other.SessionNotFoundError);
    expect(error instanceof other.SessionNotFoundError).toBe(true);
    expect(error instanceof other.SessionStoreError).toBe(true);
    expect(other.SessionStoreError.is(error, "SESSION_NOT_FOUND")).toBe(true);
  });

  it("are told apart by their code", () => {
    const error = new one.SessionNotFoundError("a", "", "memory");
    expect(error instanceof other.SessionCorruptedError).toBe(false);
    expect(other.SessionStoreError.is(error, "SESSION_CORRUPTED")).toBe(false);
    const invalid = new one.InvalidInputError("INVALID_QUERY", "…", { path: "limit" });
    expect(invalid instanceof other.InvalidInputError).toBe(true);
  });

  it("a store of one copy throws what the other copy recognises", async () => {
    const store = await one.openStore("memory:");
    await expect(store.load("absent")).rejects.toSatisfy(
      (error) => error instanceof other.SessionNotFoundError,
    );
    await store.close();
  });
});

describe("SessionStoreError", () => {
  it("does not take foreign errors or look-alikes for its own", () => {
    for (const value of [
      new Error("x"),
      { code: "SESSION_NOT_FOUND" },
      null,
      undefined,
      "SESSION_NOT_FOUND",
    ]) {
      expect(value instanceof one.SessionStoreError).toBe(false);
      expect(one.SessionStoreError.is(value)).toBe(false);
    }
  });

  it("keeps the ordinary instanceof for classes that others derive", () => {
    class Mine extends one.SessionNotFoundError {}
    expect(new one.SessionNotFoundError("a", "", "m") instanceof Mine).toBe(false);
    expect(new Mine("a", "", "m") instanceof one.SessionNotFoundError).toBe(true);
    expect(new Mine("a", "", "m") instanceof Mine).toBe(true);
  });

  it("turns into JSON with code, place and the cause's text", () => {
    const error = new one.SessionDeleteError("a", "/x", { cause: new Error("EBUSY") });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: "SessionDeleteError",
      code: "SESSION_DELETE_FAILED",
      sessionId: "a",
      location: "/x",
      cause: "EBUSY",
    });
    const full = new one.SessionDeleteError("a", "/x", { cause: new Error("It is read-only. Copy it.") });
    expect(full.message).toContain("Copy it. It is still there;");
  });

  it("keeps a hostile id on one line of the message", () => {
    const error = new one.SessionNotFoundError("a\u001b[31m\n".repeat(50), "", "m");
    expect(hasControlCharacters(error.message)).toBe(false);
    expect(error.message.length).toBeLessThan(500);
  });
});

it("a damaged session names its place in the file where there is one, and the file alone where not", () => {
  const at = new SessionCorruptedError("a", "/store/a.json", "line 3", "it is torn");
  expect([at.message, at.position]).toEqual([
    'Session "a" cannot be read: it is torn (/store/a.json at line 3).',
    "line 3",
  ]);
  const whole = new SessionCorruptedError("a", "/store/a.json", null, "it is torn");
  expect([whole.message, whole.position]).toEqual([
    'Session "a" cannot be read: it is torn (/store/a.json).',
    null,
  ]);
});

it("a refused delete says why where the cause is an Error", () => {
  const refused = new SessionDeleteError("a", "/store/a.json", { cause: new Error("it is in use") });
  expect(refused.message).toContain("it is in use");
  expect(new SessionDeleteError("a", "/store/a.json").message).not.toContain("undefined");
});
