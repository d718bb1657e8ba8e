import { inspect } from "node:util";
import { SessionStoreError } from "@agent-sessions/core";
import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { codeOf, connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

/** The server's address with other parts. */
function address(change: (url: URL) => void): string {
  const url = new URL(connectionString);
  change(url);
  return url.href;
}

async function errorOf(attempt: Promise<unknown>): Promise<SessionStoreError> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (SessionStoreError.is(error)) return error;
  throw new Error(`came: ${String(error)}`);
}

const SECRET = "hunter2-secret";

test.each([
  ["a wrong password", (url: URL) => Object.assign(url, { password: SECRET })],
  ["a user that is not there", (url: URL) => Object.assign(url, { username: "nobody", password: SECRET })],
  ["a database that is not there", (url: URL) => Object.assign(url, { pathname: "/missing" })],
  ["a port where nobody listens", (url: URL) => Object.assign(url, { port: "1", password: SECRET })],
  [
    "a host that is not there",
    (url: URL) => Object.assign(url, { hostname: "host.invalid", password: SECRET }),
  ],
])("open rejects STORE_IO for %s, says what to do, and shows no credentials", async (_, change) => {
  const error = await errorOf(openPostgresSessionStore({ connectionString: address(change) }));
  expect(error.code).toBe("STORE_IO");
  expect(error.message).toMatch(/Check|Create/);
  const shown = [inspect(error, { depth: 10 }), JSON.stringify(error), String(error.stack)].join("\n");
  expect(shown).not.toContain(SECRET);
  expect(shown).not.toContain(decodeURIComponent(new URL(connectionString).password));
});

test.each([
  "",
  "postgres",
  "http://host/db",
  `postgres://user:${SECRET}@[bad/db`,
  `postgres://user:${SECRET}%zz@host/db`,
  `postgres://user:1234/${SECRET}@h/d`,
  `postgres://user:1234#${SECRET}@h/d`,
])("open refuses the connection string %j without showing it", async (given) => {
  const error = await errorOf(openPostgresSessionStore({ connectionString: given }));
  expect(error.code).toBe("INVALID_OPTIONS");
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
});

test("a pool without a free connection rejects STORE_IO, and goes on when one is given back", async () => {
  const pool = new pg.Pool({ connectionString, max: 1 });
  const store = await openPostgresSessionStore({ pool, schemaName: newSchemaName() });
  await store.create({ id: "a" });
  // Only now: to begin a connection may take a busy server longer.
  Object.assign(pool.options, { connectionTimeoutMillis: 50 });
  const taken = await pool.connect();
  const error = await errorOf(store.append("a", { content: "x" }));
  expect([error.code, /larger pool/.test(error.message)]).toEqual(["STORE_IO", true]);
  taken.release();
  expect((await store.append("a", { content: "x" })).messageCount).toBe(1);
  await store.close();
  // It was handed in, and is still open.
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test("a read-only database can be read; every write rejects STORE_IO and says that it is read-only", async () => {
  const schemaName = newSchemaName();
  const writer = await openPostgresSessionStore({ connectionString, schemaName });
  await writer.create({ id: "a", title: "T", messages: [{ content: "findable" }] });
  await writer.close();
  const pool = new pg.Pool({ connectionString, options: "-c default_transaction_read_only=on" });
  const store = await openPostgresSessionStore({ pool, schemaName });
  expect((await store.load("a")).title).toBe("T");
  expect((await store.list()).sessions.length).toBe(1);
  for await (const hit of store.search("findable")) expect(hit.id).toBe("a");
  const error = await errorOf(store.append("a", { content: "x" }));
  expect([error.code, error.details["sqlState"]]).toEqual(["STORE_IO", "25006"]);
  expect(error.message).toContain("read-only");
  expect(await codeOf(store.create({ id: "b" }))).toBe("STORE_IO");
  expect(await codeOf(store.delete("a"))).toBe("SESSION_DELETE_FAILED");
  await store.close();
  await pool.end();
});

test("a role without rights is refused with STORE_IO; the rights of the README are enough for everything but the first write", async () => {
  const schemaName = newSchemaName();
  const role = `app_${Math.random().toString(36).slice(2)}`;
  await query(`CREATE ROLE ${role} LOGIN PASSWORD '${SECRET}'`);
  const asRole = address((url) => Object.assign(url, { username: role, password: SECRET }));
  const early = await openPostgresSessionStore({ connectionString: asRole, schemaName });
  const error = await errorOf(early.create({ id: "a" }));
  expect([error.code, error.details["sqlState"]]).toEqual(["STORE_IO", "42501"]);
  await early.close();
  const owner = await openPostgresSessionStore({ connectionString, schemaName });
  await owner.create({ id: "a" });
  await owner.close();
  expect(await codeOf(openPostgresSessionStore({ connectionString: asRole, schemaName }))).toBe("STORE_IO");
  const schema = quoted(schemaName);
  await query(`GRANT USAGE ON SCHEMA ${schema} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
  const store = await openPostgresSessionStore({ connectionString: asRole, schemaName });
  await store.create({ id: "b", labels: ["l"], state: { n: 1 } });
  await store.append("b", { content: "x" }, { operationId: "op" });
  await store.withLock("b", async (session) => await session.truncate(0));
  await store.fork("b", { id: "c" });
  expect(await store.delete("c")).toBe(true);
  for await (const finding of store.verify()) expect(finding).toBeUndefined();
  expect((await store.repair()).remaining).toEqual([]);
  await store.close();
});

test("stores that make their first write at the same time make the tables once", async () => {
  const schemaName = newSchemaName();
  const stores = await Promise.all(
    Array.from({ length: 6 }, () => openPostgresSessionStore({ connectionString, schemaName, poolSize: 1 })),
  );
  await Promise.all(stores.map((store, n) => store.create({ id: `${n}` })));
  expect((await stores[0]?.list())?.sessions.length).toBe(6);
  for (const store of stores) await store.close();
});

test("a statement that takes longer than statementTimeoutMs rejects STORE_IO", async () => {
  const schemaName = newSchemaName();
  const store = await openPostgresSessionStore({ connectionString, schemaName, statementTimeoutMs: 50 });
  const owner = await openPostgresSessionStore({ connectionString, schemaName });
  await owner.create({ id: "a" });
  const client = new pg.Client(connectionString);
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${quoted(schemaName)}.sessions`);
  const error = await errorOf(store.head("a"));
  expect([error.code, error.details["sqlState"]]).toEqual(["STORE_IO", "57014"]);
  await client.query("ROLLBACK");
  await client.end();
  for (const one of [store, owner]) await one.close();
});

test("an operator's own transaction that holds a session's row makes writers wait, then SESSION_LOCKED", async () => {
  const schemaName = newSchemaName();
  const store = await openPostgresSessionStore({ connectionString, schemaName, lockTimeoutMs: 100 });
  await store.create({ id: "a" });
  const client = new pg.Client(connectionString);
  await client.connect();
  await client.query(`BEGIN; SELECT FROM ${quoted(schemaName)}.sessions FOR UPDATE`);
  expect(await codeOf(store.append("a", { content: "x" }))).toBe("SESSION_LOCKED");
  expect(await codeOf(store.update("a", () => ({ title: "T" })))).toBe("SESSION_LOCKED");
  expect(await codeOf(store.delete("a"))).toBe("SESSION_LOCKED");
  expect(await codeOf(store.withLock("a", async () => undefined))).toBe("SESSION_LOCKED");
  expect(await codeOf(store.repair("a"))).toBe("none");
  await client.query("ROLLBACK");
  await client.end();
  await store.append("a", { content: "x" });
  await store.close();
});
