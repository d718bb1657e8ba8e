import type { SessionStore } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;
/** The statements that the store's connections ran. */
let statements: string[];
let store: SessionStore;
let other: SessionStore;

class Recorded extends Database {
  constructor(source: string | Buffer, options: Database.Options = {}) {
    super(source, { ...options, verbose: (sql) => statements.push(String(sql)) });
  }
}

beforeEach(async () => {
  path = await makePlace();
  statements = [];
  store = await openSqliteSessionStore({ path, driver: Recorded, lockTimeoutMs: 0, search: false });
  other = await openSqliteSessionStore({ path, lockTimeoutMs: 0 });
  await store.create({ id: "a", labels: ["one"], messages: [{ role: "user", content: "first" }] });
  await store.append("a", { content: "second" });
});

afterEach(async () => {
  await store.close();
  await other.close();
  await removePlace(path);
});

async function append(content: string): Promise<{ readonly sql: string; readonly revision: number }> {
  statements = [];
  const { revision } = await store.append("a", { content });
  return { sql: statements.join("\n"), revision };
}

const readsHead = /FROM agent_sessions_sessions/;
const readsLocks = /agent_sessions_locks/;

it("an append after an append reads neither the session nor its lock again", async () => {
  const { sql, revision } = await append("third");
  expect(revision).toBe(3);
  expect(sql).not.toMatch(readsHead);
  expect(sql).not.toMatch(readsLocks);
});

it("an append after a write of somebody else goes on from there", async () => {
  await other.append("a", { content: "third" }, { usage: { inputTokens: 1, outputTokens: 2 } });
  const { sql, revision } = await append("fourth");
  expect(revision).toBe(4);
  expect(sql).toMatch(readsHead);
  expect(await store.head("a")).toMatchObject({
    messageCount: 4,
    usage: { inputTokens: 1, outputTokens: 2 },
  });
});

it("an append after the session was deleted elsewhere rejects SESSION_NOT_FOUND", async () => {
  await other.delete("a");
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
});

it("an append after another write of its own sees what that did", async () => {
  await store.append("a", { content: "third" });
  await store.update("a", { title: "T", labels: ["two"] });
  await store.truncate("a", 1);
  expect(await store.append("a", { content: "again" })).toMatchObject({
    messageCount: 2,
    title: "T",
    labels: ["two"],
  });
  await store.delete("a");
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
});

it("a lock that was taken elsewhere meanwhile is respected, and an own one leaves nothing behind", async () => {
  await other.withLock("a", async () => {
    await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "SESSION_LOCKED" });
  });
  await store.withLock("a", async (session) => {
    await session.append({ content: "third" });
    await session.append({ content: "fourth" });
  });
  await append("fifth");
  expect((await append("sixth")).revision).toBe(6);
});

it("an append that failed is not remembered", async () => {
  await append("third");
  meddle(path, (database) => {
    database.exec(
      `CREATE TRIGGER no_more BEFORE INSERT ON agent_sessions_entries BEGIN SELECT raise(ABORT, 'no'); END`,
    );
  });
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "STORE_IO" });
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "STORE_IO" });
  meddle(path, (database) => database.exec("DROP TRIGGER no_more"));
  expect((await append("fourth")).revision).toBe(4);
  expect((await append("fifth")).revision).toBe(5);
});

it("what a caller does to a head that it was given changes nothing", async () => {
  const head = await store.append("a", { content: "third" });
  (head.labels as string[]).push("planted");
  (head.usage as Record<string, number>)["inputTokens"] = 7;
  (head.state as Record<string, unknown>)["planted"] = true;
  expect(await store.append("a", { content: "fourth" })).toMatchObject({
    labels: ["one"],
    usage: { inputTokens: 0, outputTokens: 0 },
    state: {},
  });
});

it("a database that a newer version took over meanwhile is refused", async () => {
  meddle(path, (database) => database.exec("UPDATE agent_sessions_store SET major = 99"));
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
});

it("an append to another session is not taken for one to this", async () => {
  await store.create({ id: "b" });
  await store.inNamespace("n").create({ id: "a" });
  for (let round = 1; round <= 3; round++) {
    expect((await store.append("b", { content: "x" })).messageCount).toBe(round);
    expect((await store.append("a", { content: "x" })).messageCount).toBe(2 + round);
    expect((await store.inNamespace("n").append("a", { content: "x" })).messageCount).toBe(round);
  }
});

it("what the caller writes on a connection that is theirs too is seen", async () => {
  const database = new Database(path);
  const given = await openSqliteSessionStore({ database });
  await given.append("a", { content: "third" });
  database.exec("UPDATE agent_sessions_sessions SET revision = 40");
  expect((await given.append("a", { content: "fourth" })).revision).toBe(41);
  await given.close();
  database.close();
});
