import type { SessionSnapshot, SessionStore } from "@agent-sessions/core";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { codeOf, connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

/** A store that knows its session `a`, and whose schema has been dropped since. */
async function openDropped(): Promise<{ readonly store: SessionStore; readonly schema: string }> {
  const schemaName = newSchemaName();
  const schema = quoted(schemaName);
  const store = await openPostgresSessionStore({ connectionString, schemaName });
  await store.create({ id: "a" });
  await query(`SET client_min_messages = warning; DROP SCHEMA ${schema} CASCADE`);
  return { store, schema };
}

async function idsIn(store: SessionStore): Promise<readonly string[]> {
  return (await store.list()).sessions.map(({ id }) => id);
}

test.each<[string, string, (store: SessionStore) => Promise<unknown>]>([
  ["exists", "none", (store) => store.exists("a")],
  ["append", "SESSION_NOT_FOUND", (store) => store.append("a", { content: "x" })],
  ["update", "SESSION_NOT_FOUND", (store) => store.update("a", () => ({ title: "T" }))],
  ["withLock", "SESSION_NOT_FOUND", (store) => store.withLock("a", async () => undefined)],
  ["delete", "none", (store) => store.delete("a")],
])("%s() of a store whose schema was dropped finds it empty: %s", async (_, code, call) => {
  const { store } = await openDropped();
  expect(await codeOf(call(store))).toBe(code);
  expect(await idsIn(store)).toEqual([]);
  await store.close();
});

test("create() and restore() make a schema that was dropped anew", async () => {
  const { store } = await openDropped();
  await store.create({ id: "b" });
  expect(await idsIn(store)).toEqual(["b"]);
  await store.close();
  const other = await openDropped();
  const snapshot = await takeSnapshot();
  await other.store.restore(snapshot);
  expect(await idsIn(other.store)).toEqual(["c"]);
  await other.store.close();
});

/** A session `c` of another store, with one message. */
async function takeSnapshot(): Promise<SessionSnapshot> {
  const store = await openPostgresSessionStore({ connectionString, schemaName: newSchemaName() });
  const head = await store.create({ id: "c", messages: [{ content: "x" }] });
  await store.close();
  return { head, entries: [{ seq: 1, at: head.updatedAt, message: { content: "x" } }] };
}

test("a schema of which a part was dropped rejects STORE_INCOMPATIBLE on reads and writes", async () => {
  const schemaName = newSchemaName();
  const schema = quoted(schemaName);
  const store = await openPostgresSessionStore({ connectionString, schemaName });
  await store.create({ id: "a" });
  await query(`DROP FUNCTION ${schema}.commit_session_entries; DROP TABLE ${schema}.facets`);
  expect(await codeOf(store.append("a", { content: "x" }))).toBe("STORE_INCOMPATIBLE");
  expect(await codeOf(store.list({ labels: ["x"] }))).toBe("STORE_INCOMPATIBLE");
  await store.close();
});
