import { readFileSync, writeFileSync } from "node:fs";
import { SessionStoreError } from "@agent-sessions/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { codeOf, makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

it("a file with damaged pages rejects with a typed error, and neither crashes nor hides", async () => {
  const store = await openSqliteSessionStore({ path });
  for (let n = 0; n < 50; n++) await store.create({ id: `s${n}`, messages: [{ content: "x".repeat(3000) }] });
  await store.close();
  const bytes = readFileSync(path);
  for (const [from, to] of [
    [4096, 8192],
    [8192, 40960],
    [bytes.length / 2, bytes.length],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged.fill(0xa5, from, to);
    writeFileSync(path, damaged);
    const codes = new Set<string>();
    const reader = await openSqliteSessionStore({ path }).catch((error: unknown) => {
      expect(SessionStoreError.is(error)).toBe(true);
      return null;
    });
    if (reader === null) continue;
    for (let n = 0; n < 50; n++) codes.add(await codeOf(reader.load(`s${n}`)));
    codes.delete("none");
    expect([...codes].filter((code) => !["SESSION_CORRUPTED", "SESSION_NOT_FOUND"].includes(code))).toEqual(
      [],
    );
    const findings = [];
    for await (const { fault } of reader.verify()) findings.push(fault);
    expect(findings).toContain("damaged-pages");
    await reader.close();
  }
});

// A create that a damaged index kept out was told that its session exists already.
it("create() in a damaged database rejects STORE_IO, not SESSION_ALREADY_EXISTS", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  const page = meddle(path, (database) =>
    Number(
      database
        .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'agent_sessions_sessions_by_title'")
        .pluck()
        .get(),
    ),
  );
  writeFileSync(path, readFileSync(path).fill(0xa5, (page - 1) * 4096, page * 4096));
  const damaged = await openSqliteSessionStore({ path });
  expect(await codeOf(damaged.create({ id: "b" }))).toBe("STORE_IO");
  expect(await damaged.exists("b")).toBe(false);
  await damaged.close();
});
