import type { SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { codeOf, connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

/** An operator, or a host that stands still: holds the row of the session `held` until it is told to let go. */
let holder: pg.Client;
let schemaName: string;
const stores: SessionStore[] = [];

async function open(options: { lockTimeoutMs: number; statementTimeoutMs?: number }): Promise<SessionStore> {
  const store = await openPostgresSessionStore({ connectionString, schemaName, poolSize: 4, ...options });
  stores.push(store);
  return store;
}

beforeEach(async () => {
  schemaName = newSchemaName();
  const store = await open({ lockTimeoutMs: 1000 });
  for (const id of ["held", "free"]) await store.create({ id });
  holder = new pg.Client(connectionString);
  await holder.connect();
  await holder.query(`BEGIN; SELECT FROM ${quoted(schemaName)}.sessions WHERE id = 'held' FOR UPDATE`);
});

afterEach(async () => {
  await holder.end();
  for (const store of stores.splice(0)) await store.close();
});

test("a write that waits for longer than a statement may take rejects SESSION_LOCKED, and not STORE_IO", async () => {
  const store = await open({ lockTimeoutMs: 700, statementTimeoutMs: 300 });
  const calls = [
    store.append("held", { content: "x" }),
    store.update("held", () => ({ title: "T" })),
    store.delete("held"),
    store.withLock("held", async () => undefined),
  ];
  expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "SESSION_LOCKED"));
});

test("a lock that is waited for keeps no other lock of the same store waiting, nor the writes under it", async () => {
  const store = await open({ lockTimeoutMs: 60_000 });
  await store.withLock("free", async (session) => {
    const waiting = store.withLock("held", async (other) => await other.append({ content: "at last" }));
    for (let n = 1; n <= 5; n++) expect((await session.append({ content: `${n}` })).messageCount).toBe(n);
    await store.create({ id: "third" });
    await store.withLock("third", async (third) => await third.append({ content: "x" }));
    await holder.query("ROLLBACK");
    expect((await waiting).messageCount).toBe(1);
  });
});

test("a lock is had on a session that others keep busy, though its turn comes later than the first wait ends", async () => {
  const store = await open({ lockTimeoutMs: 5000 });
  let isOver = false;
  const work = `BEGIN; SELECT FROM ${quoted(schemaName)}.sessions WHERE id = 'held' FOR UPDATE; SELECT pg_sleep(0.1); COMMIT`;
  const others = Array.from({ length: 3 }, async () => {
    const client = new pg.Client(connectionString);
    await client.connect();
    while (!isOver) await client.query(work);
    await client.end();
  });
  const queued = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = $1";
  await expect.poll(async () => (await query(queued, [work])).length, { interval: 10 }).toBe(others.length);
  await holder.query("ROLLBACK");
  const locked = store.withLock("held", async () => undefined);
  await locked.finally(() => {
    isOver = true;
  });
  await Promise.all(others);
});

test("update() with a function runs it once, also when its commit waits in vain for something other than the session", async () => {
  await holder.query("ROLLBACK");
  await holder.query(`BEGIN; LOCK TABLE ${quoted(schemaName)}.facets IN ACCESS EXCLUSIVE MODE`);
  const store = await open({ lockTimeoutMs: 400 });
  let calls = 0;
  const change = () => {
    calls++;
    return { labels: ["red"] };
  };
  const updated = store.withLock("held", (session) => session.update(change));
  expect([await codeOf(updated), calls]).toEqual(["SESSION_LOCKED", 1]);
  await holder.query("ROLLBACK");
  expect((await store.head("held")).labels).toEqual([]);
});
