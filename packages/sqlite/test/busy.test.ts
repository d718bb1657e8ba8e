import { SessionStoreError } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let other: Database.Database;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  other.close();
  await removePlace(path);
});

/** Turns of the event loop until `work` is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const done = work.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  while (!isDone) {
    turns++;
    await new Promise((resume) => setImmediate(resume));
  }
  await done;
  return turns;
}

it("a database that another program writes to is waited for without blocking, and then SESSION_LOCKED", async () => {
  const store = await openSqliteSessionStore({ path, lockTimeoutMs: 60, busyTimeoutMs: 0 });
  await store.create({ id: "a" });
  other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  const refused = store.append("a", { content: "x" });
  expect(await turnsDuring(refused)).toBeGreaterThan(20);
  // Nobody has locked the session: the cause says what was in the way.
  await expect(refused).rejects.toMatchObject({
    code: "SESSION_LOCKED",
    timeoutMs: 60,
    cause: { code: "SQLITE_BUSY" },
  });
  expect((await store.load("a")).messages).toEqual([]);
  const waiting = store.append("a", { content: "y" });
  await new Promise((resume) => setImmediate(resume));
  other.exec("ROLLBACK");
  expect((await waiting).messageCount).toBe(1);
  await store.close();
});

it("without WAL a commit waits for readers, and the change is decided once", async () => {
  const store = await openSqliteSessionStore({ path, journalMode: "delete", busyTimeoutMs: 0 });
  await store.create({ id: "a", state: { n: 0 } });
  other = new Database(path);
  other.exec("BEGIN");
  other.prepare("SELECT count(*) FROM agent_sessions_sessions").get();
  let decisions = 0;
  let isDone = false;
  const update = store
    .update("a", ({ state }) => {
      decisions++;
      return { state: { n: Number(state["n"]) + 1 } };
    })
    .then((head) => {
      isDone = true;
      return head;
    });
  while (decisions === 0) await new Promise((resume) => setImmediate(resume));
  // Reads of the same handle wait too: the connection belongs to the change that is not committed yet.
  const read = store.head("a");
  await new Promise((resume) => setImmediate(resume));
  expect(isDone).toBe(false);
  other.exec("COMMIT");
  expect((await update).state).toEqual({ n: 1 });
  expect((await read).state).toEqual({ n: 1 });
  expect(decisions).toBe(1);
  await store.close();
});

it("without WAL a commit that readers never let through is rolled back and SESSION_LOCKED", async () => {
  const store = await openSqliteSessionStore({
    path,
    journalMode: "delete",
    busyTimeoutMs: 0,
    lockTimeoutMs: 40,
  });
  await store.create({ id: "a" });
  other = new Database(path);
  other.exec("BEGIN");
  other.prepare("SELECT count(*) FROM agent_sessions_sessions").get();
  await expect(store.append("a", { content: "x" })).rejects.toSatisfy((error) =>
    SessionStoreError.is(error, "SESSION_LOCKED"),
  );
  expect((await store.head("a")).messageCount).toBe(0);
  other.exec("COMMIT");
  expect((await store.append("a", { content: "x" })).revision).toBe(2);
  await store.close();
});

it("a list or search that another program keeps out rejects STORE_IO that says so", async () => {
  const store = await openSqliteSessionStore({
    path,
    journalMode: "delete",
    busyTimeoutMs: 0,
    lockTimeoutMs: 20,
  });
  await store.create({ id: "a" });
  other = new Database(path);
  other.exec("BEGIN EXCLUSIVE");
  await expect(store.list()).rejects.toSatisfy((error) => SessionStoreError.is(error, "STORE_IO"));
  await expect(store.head("a")).rejects.toSatisfy((error) => SessionStoreError.is(error, "SESSION_LOCKED"));
  other.exec("ROLLBACK");
  expect((await store.list()).sessions).toHaveLength(1);
  await store.close();
});
