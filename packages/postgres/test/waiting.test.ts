import type { SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { codeOf, connectionString, newSchemaName, quoted } from "./postgres-harness.js";

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
