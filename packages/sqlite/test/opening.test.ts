import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { SessionStore } from "@agent-sessions/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { codeOf, makePlace, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

async function make(): Promise<void> {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a", messages: [{ role: "user", content: "hello" }] });
  await store.close();
}

it("a path that the system refuses to look at rejects STORE_IO", async () => {
  const loop = join(dirname(dirname(path)), "loop");
  symlinkSync(loop, loop);
  for (const refused of [loop, join(dirname(dirname(path)), "x".repeat(300))]) {
    expect(await codeOf(openSqliteSessionStore({ path: refused }))).toBe("STORE_IO");
  }
});

// The old connection went on writing to a file without a name, and shared its -shm with the new one: both were read wrongly.
it("a handle whose file was deleted or replaced goes on with what is at the path now", async () => {
  const [old, idle] = [await openSqliteSessionStore({ path }), await openSqliteSessionStore({ path })];
  await old.create({ id: "a" });
  await idle.append("a", { content: "x" });
  rmSync(path);
  expect(await codeOf(old.append("a", { content: "lost?" }))).toBe("SESSION_NOT_FOUND");
  await old.create({ id: "b" });
  const fresh = await openSqliteSessionStore({ path });
  for (let n = 0; n < 20; n++) await fresh.append("b", { content: "x".repeat(3000) });
  for (const store of [old, idle, fresh]) {
    await store.append("b", { content: "all" });
    expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["b"]);
  }
  expect((await old.head("b")).messageCount).toBe(23);
  const findings = [];
  for await (const found of fresh.verify()) findings.push(found);
  expect(findings).toEqual([]);
  for (const store of [idle, fresh]) await store.close();
  const other = join(dirname(path), "other.db");
  const copy = await openSqliteSessionStore({ path: other });
  await copy.create({ id: "c" });
  await copy.close();
  await old.close();
  const reader = await openSqliteSessionStore({ path, journalMode: "delete" });
  await reader.update("b", { title: "T" });
  renameSync(other, path);
  expect((await reader.list()).sessions.map(({ id }) => id)).toEqual(["c"]);
  await reader.close();
});

it("an empty file is filled by the first write, and not before", async () => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  const store = await openSqliteSessionStore({ path });
  expect((await store.list()).sessions).toEqual([]);
  expect(statSync(path).size).toBe(0);
  await store.create({ id: "a" });
  expect(await store.exists("a")).toBe(true);
  await store.close();
});

it("a write that is refused creates nothing", async () => {
  const store = await openSqliteSessionStore({ path });
  expect(await codeOf(store.append("a", { content: "x" }))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.update("a", { title: "x" }))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.withLock("a", async () => undefined))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.fork("a"))).toBe("SESSION_NOT_FOUND");
  expect(await store.delete("a")).toBe(false);
  const failing = (async function* () {
    yield* [];
    throw new RangeError("mine");
  })();
  const head = { ...(await headOf()), id: "r" };
  await expect(store.restore({ head, entries: failing })).rejects.toThrow(RangeError);
  expect(existsSync(dirname(path))).toBe(false);
  await store.close();
});

async function headOf(): Promise<Awaited<ReturnType<SessionStore["head"]>>> {
  const memory = await openSqliteSessionStore({ path: ":memory:" });
  const head = await memory.create({ id: "m" });
  await memory.close();
  return head;
}

it("close leaves the database file alone in its folder", async () => {
  await make();
  expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
});

it("a link and the file it leads to are one store, with the same locks", async () => {
  await make();
  const link = join(dirname(dirname(path)), "link.db");
  symlinkSync(path, link);
  const [store, linked] = [
    await openSqliteSessionStore({ path }),
    await openSqliteSessionStore({ path: link, lockTimeoutMs: 0 }),
  ];
  await store.withLock("a", async () => {
    expect(await codeOf(linked.append("a", { content: "x" }))).toBe("SESSION_LOCKED");
    expect(await codeOf(linked.withLock("a", async () => undefined))).toBe("SESSION_LOCKED");
  });
  await linked.append("a", { content: "x" });
  expect((await store.head("a")).messageCount).toBe(2);
  await linked.close();
  await store.close();
});
