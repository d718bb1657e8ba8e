import { openStore, registerBackend } from "@agent-sessions/core";
import pg from "pg";
import { expect, test } from "vitest";
import { describeTarget, parseTarget, splitStoreUrl } from "../src/connection-target.js";
import { open, openPostgresSessionStore, type PostgresSessionStoreOptions } from "../src/index.js";
import { asLoadError } from "../src/load-driver.js";
import { encodeTexts } from "../src/postgres-driver.js";
import { hasTrigram, plainPieces } from "../src/search-sql.js";
import { codeOf, connectionString, newSchemaName, query } from "./postgres-harness.js";

registerBackend("postgres", open);
registerBackend("postgresql", open);

test("location names server, database and schema, and nobody who connects", () => {
  const shown = (url: string): string => describeTarget(parseTarget(url), "s");
  expect(shown("postgres://user:secret@db.example.org:6543/app?sslmode=require")).toBe(
    "postgres://db.example.org:6543/app?schema=s",
  );
  expect(shown("postgresql://user:secret@/app?host=/var/run/postgresql")).toBe(
    "postgres://%2Fvar%2Frun%2Fpostgresql/app?schema=s",
  );
  expect(shown("postgres:///app")).toBe("postgres://localhost/app?schema=s");
});

test("a store URL keeps for the driver what is the driver's", () => {
  expect(splitStoreUrl("postgres://u:p%40@h/d?sslmode=require&schema=s&poolSize=3")).toEqual({
    connectionString: "postgres://u:p%40@h/d?sslmode=require",
    schemaName: "s",
  });
  expect(splitStoreUrl("postgres://h/d")).toEqual({ connectionString: "postgres://h/d", schemaName: null });
});

test("openStore takes postgres: and postgresql: URLs with options of the store", async () => {
  const schema = newSchemaName();
  const url = `${connectionString}?schema=${encodeURIComponent(schema)}&namespace=tenant&durability=relaxed&application_name=test`;
  const store = await openStore(url);
  await store.create({ id: "a" });
  expect([store.backend, store.namespace, store.capabilities.durable]).toEqual(["postgres", "tenant", false]);
  await store.close();
  const again = await openStore(url.replace("postgres:", "postgresql:"));
  expect(await again.exists("a")).toBe(true);
  await again.close();
  expect(await codeOf(openStore(`${url}&nonsense=1`))).toBe("INVALID_OPTIONS");
  expect(await codeOf(openStore(url, { connectionString }))).toBe("INVALID_OPTIONS");
});

const pool = new pg.Pool({ connectionString });

test.each([
  {},
  { schemaName: "pg_toast", connectionString },
  { schemaName: "x".repeat(64), connectionString },
  { schemaName: "a $body$ b", connectionString },
  { pool: {} },
  { pool, connectionString },
  { pool, poolSize: 2 },
  { connectionString, durability: "half" },
])("openPostgresSessionStore() refuses %o", async (options) => {
  expect(await codeOf(openPostgresSessionStore(options as PostgresSessionStoreOptions))).toBe(
    "INVALID_OPTIONS",
  );
});

test("a pool that was described in parts, or ended, is told by what it says of itself", async () => {
  const { hostname, port, username, password } = new URL(connectionString);
  const schemaName = newSchemaName();
  const parts = new pg.Pool({
    host: hostname,
    port: Number(port),
    user: username,
    password: decodeURIComponent(password),
    database: "postgres",
    application_name: schemaName,
  });
  const store = await openPostgresSessionStore({
    pool: parts,
    schemaName,
    lockConnectionString: connectionString,
  });
  expect(store.location).toBe(`postgres://${hostname}:${port}/postgres?schema=${schemaName}`);
  await store.create({ id: "a" });
  // The connection for locks goes elsewhere, and has the pool's settings all the same.
  const holders = `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND a.application_name = $1`;
  await store.withLock("a", async () => {
    expect(await query(holders, [schemaName])).toEqual([{ name: schemaName }]);
  });
  await store.close();
  await parts.end();
  expect(await codeOf(openPostgresSessionStore({ pool: parts }))).toBe("INVALID_OPTIONS");
});

test("a missing driver is named, with what to install; one that is broken gives STORE_IO", () => {
  const missing = Object.assign(new Error("Cannot find module 'pg'"), { code: "MODULE_NOT_FOUND" });
  expect(asLoadError(missing, "here")).toMatchObject({ code: "BACKEND_NOT_INSTALLED", packageName: "pg" });
  expect(asLoadError(new SyntaxError("broken"), "here")).toMatchObject({ code: "STORE_IO" });
});

test("texts of any kind survive the binary array", async () => {
  const texts = ["", "plain", 'a "quoted" {brace}, \\ and comma', "日本語 🙂", "null", "x".repeat(100_000)];
  for (const given of [texts, []]) {
    const { rows } = await pool.query(
      "SELECT t FROM unnest($1::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n",
      [encodeTexts(given)],
    );
    expect(rows.map(({ t }) => t)).toEqual(given);
  }
});

test("words are looked up by their pieces of plain ASCII", () => {
  expect(plainPieces(["naïve", 'say"hi"', "日本語", "a\\b"])).toEqual(["na", "ve", "say", "hi", "a", "b"]);
  expect([hasTrigram(["ab", "a-b"]), hasTrigram(["abc"]), hasTrigram([])]).toEqual([false, true, false]);
});
