import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { SessionStoreError } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let database: Database.Database;

beforeEach(async () => {
  path = await makePlace();
  await mkdir(dirname(path), { recursive: true });
  database = new Database(path);
  database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')");
  database.pragma("user_version = 12");
});

afterEach(async () => {
  database.close();
  await removePlace(path);
});

it("the caller's tables, version, mark and settings stay, and the database stays open", async () => {
  const store = await openSqliteSessionStore({ database });
  expect((await store.list()).sessions).toEqual([]);
  expect(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(1);
  await store.create({ id: "a", messages: [{ content: "hello" }] });
  expect(store.location).toBe(path);
  await store.close();
  expect(database.open).toBe(true);
  expect(database.prepare("SELECT text FROM notes").pluck().all()).toEqual(["mine"]);
  expect(database.pragma("user_version", { simple: true })).toBe(12);
  expect(database.pragma("application_id", { simple: true })).toBe(0);
  expect(database.pragma("journal_mode", { simple: true })).toBe("delete");
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all() as string[];
  expect(tables.filter((name) => !name.startsWith("agent_sessions_"))).toEqual(["notes"]);
});

it("the same database opens by its path too, tables of the caller and all", async () => {
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a" });
  await store.close();
  const byPath = await openSqliteSessionStore({ path });
  expect(await byPath.exists("a")).toBe(true);
  await byPath.update("a", { title: "T" });
  await byPath.close();
  expect(database.pragma("user_version", { simple: true })).toBe(12);
});

it("integers are numbers even where the caller made BigInts the default", async () => {
  database.defaultSafeIntegers(true);
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a", messages: [{ content: "hello" }], usage: { inputTokens: 2 ** 53 - 1 } });
  expect(await store.head("a")).toMatchObject({ messageCount: 1, usage: { inputTokens: 2 ** 53 - 1 } });
  const hits = [];
  for await (const { seq } of store.search("hello")) hits.push(seq);
  expect(hits).toEqual([1]);
  expect((await store.list()).sessions).toHaveLength(1);
  await store.close();
});

it("a write inside the caller's own transaction is refused at once, and is no part of it", async () => {
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a" });
  database.exec("BEGIN");
  const refusal = {
    code: "SESSION_LOCKED",
    sessionId: "a",
    timeoutMs: 0,
    message: expect.stringContaining("Commit or roll back that transaction first"),
  };
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject(refusal);
  await expect(store.update("a", { title: "x" })).rejects.toMatchObject(refusal);
  await expect(store.withLock("a", async () => undefined)).rejects.toMatchObject(refusal);
  await expect(store.delete("a")).rejects.toMatchObject(refusal);
  await expect(store.create({ id: "b" })).rejects.toMatchObject({ ...refusal, sessionId: "b" });
  expect((await store.load("a")).messages).toEqual([]);
  database.exec("ROLLBACK");
  await store.append("a", { content: "y" });
  expect((await store.head("a")).messageCount).toBe(1);
  await store.close();
});

it("the first write inside the caller's own transaction is refused too, and makes nothing", async () => {
  const store = await openSqliteSessionStore({ database });
  database.exec("BEGIN; INSERT INTO notes VALUES ('undone')");
  await expect(store.create({ id: "a" })).rejects.toMatchObject({ code: "SESSION_LOCKED", timeoutMs: 0 });
  database.exec("ROLLBACK");
  expect(database.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["notes"]);
  expect((await store.create({ id: "a" })).id).toBe("a");
  expect(database.prepare("SELECT count(*) FROM notes").pluck().get()).toBe(1);
  await store.close();
});

it("writes are durable only where commits are on disk, with a journal by which to undo what a power cut tore", async () => {
  const isDurable = async (): Promise<boolean> => {
    const store = await openSqliteSessionStore({ database });
    await store.close();
    return store.capabilities.durable;
  };
  // "off" is to be had by those who ask for it alone.
  database.unsafeMode(true);
  for (const [mode, durable] of [
    ["delete", true],
    ["truncate", true],
    ["persist", true],
    ["memory", false],
    ["off", false],
    ["wal", true],
  ] as const) {
    expect(database.pragma(`journal_mode = ${mode}`, { simple: true })).toBe(mode);
    expect([mode, await isDurable()]).toEqual([mode, durable]);
  }
  database.pragma("synchronous = NORMAL");
  expect(await isDurable()).toBe(false);
});

// A COMMIT that waited for a reader left the caller's connection inside our transaction: what the caller wrote was rolled back with it.
it("while a write waits, the caller's connection is in no transaction of ours", async () => {
  const store = await openSqliteSessionStore({ database, lockTimeoutMs: 40 });
  await store.create({ id: "a" });
  database.pragma("busy_timeout = 0");
  const reader = new Database(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT * FROM notes").get();
  const refused = store.append("a", { content: "x" }).catch((error: unknown) => error);
  let isDone = false;
  void refused.then(() => {
    isDone = true;
  });
  while (!isDone) {
    expect(database.inTransaction).toBe(false);
    await new Promise((resume) => setImmediate(resume));
  }
  expect(await refused).toMatchObject({ code: "SESSION_LOCKED", timeoutMs: 40 });
  reader.exec("COMMIT");
  reader.close();
  expect((await store.append("a", { content: "y" })).messageCount).toBe(1);
  await store.close();
});

// Microtasks ran between BEGIN and the store's own statements: what the caller wrote in one was undone with a write that was refused.
it("not even in a microtask does the caller find a transaction of the store open", async () => {
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a" });
  // A store that has just had its turn of the event loop needs no other for a while: the write is done in microtasks.
  await store.head("a");
  const refused = store
    .append("a", { content: "x" }, { expectedRevision: 99 })
    .catch((error: unknown) => error);
  let isDone = false;
  void refused.then(() => {
    isDone = true;
  });
  let wasInside = false;
  for (let turns = 0; !isDone; turns++) {
    if (database.inTransaction) wasInside = true;
    await (turns < 500 ? null : new Promise((resume) => setImmediate(resume)));
  }
  expect(wasInside).toBe(false);
  expect(await refused).toMatchObject({ code: "SESSION_CONFLICT" });
  await store.close();
});

// The staging lock of a restore that failed half-way was kept until the process ended, and its entries with it.
it("a long restore into a full database leaves nothing behind", async () => {
  const store = await openSqliteSessionStore({ database });
  const head = { ...(await store.create({ id: "a" })), id: "long", messageCount: 2000 };
  database.pragma(`max_page_count = ${Number(database.pragma("page_count", { simple: true })) + 60}`);
  const message = { content: "x".repeat(500) };
  const entries = Array.from({ length: 2000 }, (_, n) => ({ seq: n + 1, at: head.createdAt, message }));
  await expect(store.restore({ head, entries })).rejects.toSatisfy((error) =>
    SessionStoreError.is(error, "STORE_IO"),
  );
  expect(existsSync(`${path}-locks`)).toBe(false);
  const left = database.prepare(
    "SELECT (SELECT count(*) FROM agent_sessions_leftovers) + (SELECT count(*) FROM agent_sessions_entries)",
  );
  for (let turns = 0; turns < 10_000 && left.pluck().get() !== 0; turns++) {
    await new Promise((resume) => setImmediate(resume));
  }
  expect(left.pluck().get()).toBe(0);
  await store.close();
});

it("a full database rejects STORE_IO, keeps what there is, and takes writes once there is space", async () => {
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a", messages: [{ content: "hello" }] });
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages + 2}`);
  const bulk = { content: "x".repeat(100_000) };
  for (const write of [
    () => store.append("a", bulk),
    () => store.save("a", { messages: [bulk] }),
    () => store.create({ messages: [bulk] }),
  ]) {
    const error = await write().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(SessionStoreError.is(error, "STORE_IO")).toBe(true);
    expect((error as Error).cause).toMatchObject({ code: "SQLITE_FULL" });
    expect(database.inTransaction).toBe(false);
  }
  expect((await store.load("a")).messages).toEqual([{ content: "hello" }]);
  expect((await store.list()).sessions).toHaveLength(1);
  database.pragma("max_page_count = 100000");
  await store.append("a", bulk);
  expect((await store.head("a")).messageCount).toBe(2);
  await store.close();
});

it("two stores on one database in memory share sessions and locks, and make no files", async () => {
  const memory = new Database(":memory:");
  const [one, two] = [
    await openSqliteSessionStore({ database: memory }),
    await openSqliteSessionStore({ database: memory, lockTimeoutMs: 0 }),
  ];
  await one.create({ id: "a" });
  await one.withLock("a", async (session) => {
    await expect(two.append("a", { content: "x" })).rejects.toSatisfy((error) =>
      SessionStoreError.is(error, "SESSION_LOCKED"),
    );
    await session.append({ content: "mine" });
  });
  await two.append("a", { content: "theirs" });
  expect((await one.load("a")).messages).toEqual([{ content: "mine" }, { content: "theirs" }]);
  expect(one.capabilities).toMatchObject({ durable: false, multiProcess: false });
  expect(existsSync(":memory:-locks")).toBe(false);
  await one.close();
  await two.close();
  memory.close();
});
