import type { Finding, SessionStore } from "@agent-sessions/core";
import { beforeEach, expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

let schema: string;
let store: SessionStore;

beforeEach(async () => {
  const schemaName = newSchemaName();
  schema = quoted(schemaName);
  store = await openPostgresSessionStore({ connectionString, schemaName });
  const messages = Array.from({ length: 10 }, (_, n) => ({ role: "user", content: `message ${n + 1}` }));
  const metadata = { long: "x".repeat(500), short: 1 };
  await store.create({ id: "a", labels: ["red", "blue"], metadata, state: { n: 1 }, messages });
  await store.create({ id: "healthy", messages });
  return async () => await store.close();
});

async function faults(): Promise<readonly string[]> {
  const found: Finding[] = [];
  for await (const finding of store.verify()) found.push(finding);
  return found.map(({ fault, id }) => `${fault} ${id}`).sort();
}

async function texts(): Promise<readonly unknown[]> {
  return (await store.load("a")).messages.map(({ content }) => content);
}

test("repair() rebuilds labels from the facets, empties what it cannot rebuild, and sets all of it aside", async () => {
  await query(
    `UPDATE ${schema}.sessions SET labels = '{', metadata = '[1]', usage = 'null', extra = '' WHERE id = 'a'`,
  );
  await query(`UPDATE ${schema}.states SET state = '[]' WHERE id = 'a'`);
  expect(await faults()).toEqual(["unreadable-head a"]);
  const { unreadable, sessions } = await store.list();
  expect([unreadable.map(({ id }) => id), sessions.map(({ id }) => id)]).toEqual([["a"], ["healthy"]]);
  const report = await store.repair("a");
  expect(report.setAside.length).toBe(5);
  expect(report.remaining).toEqual([]);
  const head = await store.head("a");
  expect([head.labels, head.metadata, head.state]).toEqual([["blue", "red"], { short: 1 }, {}]);
  expect(head.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  const [aside] = await query(`SELECT content FROM ${schema}.set_aside WHERE part = 'labels'`);
  expect(aside).toEqual({ content: "{" });
  expect(await faults()).toEqual([]);
  expect((await store.list({ metadata: { long: "x".repeat(500) } })).sessions.map(({ id }) => id)).toEqual(
    [],
  );
});

test("repair() takes unreadable and missing messages out, and closes the gaps", async () => {
  const entry = `${schema}.entries e USING ${schema}.sessions s WHERE s.id = 'a' AND e.transcript = s.transcript`;
  await query(`DELETE FROM ${entry} AND e.seq = 3`);
  await query(`UPDATE ${schema}.entries e SET message = '"no object"' FROM ${schema}.sessions s
    WHERE s.id = 'a' AND e.transcript = s.transcript AND e.seq = 7`);
  expect(await faults()).toEqual(["missing-entries a", "unreadable-message a"]);
  await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
  const report = await store.repair();
  expect(report.repaired.map(({ id }) => id)).toEqual(["a", "a"]);
  expect((await texts()).length).toBe(8);
  expect(await faults()).toEqual([]);
  expect((await store.append("a", { content: "goes on" })).messageCount).toBe(9);
  expect((await store.load("healthy")).messages.length).toBe(10);
});

test("repair() keeps entries beyond the last one, files facets anew, and sets aside what no session has", async () => {
  await query(`INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
    SELECT namespace, transcript, 11, 0, '{"content":"beyond"}' FROM ${schema}.sessions WHERE id = 'a'`);
  await query(`DELETE FROM ${schema}.facets WHERE id = 'a' AND facet LIKE '%red%'`);
  await query(`INSERT INTO ${schema}.entries VALUES (4711, 1, 0, 'tenant', '{"content":"nobody''s"}')`);
  expect(await faults()).toEqual(["facets-differ a", "orphan-entries null", "surplus-entries a"]);
  const report = await store.repair();
  expect(report.remaining).toEqual([]);
  expect((await texts()).at(-1)).toBe("beyond");
  expect((await store.list({ labels: ["red"] })).sessions.map(({ id }) => id)).toEqual(["a"]);
  expect(await query(`SELECT namespace, content FROM ${schema}.set_aside`)).toEqual([
    { namespace: "tenant", content: '{"content":"nobody\'s"}' },
  ]);
});

test("repair() leaves a session its messages when only the record of its transcript is lost", async () => {
  await query(`DELETE FROM ${schema}.transcripts WHERE id = 'a'`);
  expect(await faults()).toEqual(["orphan-entries null"]);
  const report = await store.repair();
  expect([report.repaired.map(({ id }) => id), report.setAside, report.remaining]).toEqual([["a"], [], []]);
  expect((await texts()).length).toBe(10);
});

test("repair() of a state is seen by processes that remember the session", async () => {
  await store.append("a", { content: "remembered" });
  const schemaName = schema.slice(1, -1).replaceAll('""', '"');
  const other = await openPostgresSessionStore({ connectionString, schemaName });
  await query(`UPDATE ${schema}.states SET state = '[]' WHERE id = 'a'`);
  await other.repair("a");
  expect((await store.append("a", { content: "x" })).state).toEqual({});
  await other.close();
});

test("verify() looks at long sessions and many transcripts in portions, and finds what lies in any of them", async () => {
  const messages = Array.from({ length: 1100 }, (_, n) => ({ content: `${n + 1}` }));
  await store.create({ id: "long", messages });
  expect(await faults()).toEqual([]);
  await query(`UPDATE ${schema}.entries SET message = '[]' WHERE message LIKE '{"content":"1050"}'`);
  await query(`DELETE FROM ${schema}.entries WHERE message LIKE '{"content":"600"}'`);
  await query(`INSERT INTO ${schema}.entries (namespace, transcript, seq, at, message)
    SELECT 'nobody', n, 1, 0, '{}' FROM generate_series(1, 1200) n`);
  const found = await faults();
  expect(found.filter((fault) => !fault.startsWith("orphan"))).toEqual([
    "missing-entries long",
    "unreadable-message long",
  ]);
  expect(found.length).toBe(1202);
  await store.repair("long");
  expect((await faults()).length).toBe(1200);
  expect((await store.load("long")).messages.length).toBe(1098);
});

test("namespaces() and verify() go over all namespaces in steps, the unnamed one and those that begin alike included", async () => {
  const columns = `transcript, commit_id, created_by, revision, message_count, created_at, updated_at, preview_seq, pinned, archived,
    id, epoch, title, title_folded, preview, usage, metadata`;
  await query(`INSERT INTO ${schema}.sessions (${columns}, labels, namespace)
    SELECT ${columns}, '{', repeat('n', n) FROM ${schema}.sessions, generate_series(1, 150) n WHERE id = 'a'`);
  const found: string[] = [];
  for await (const namespace of store.namespaces()) found.push(namespace);
  expect(found).toEqual(Array.from({ length: 151 }, (_, n) => "n".repeat(n)));
  expect((await faults()).filter((fault) => fault === "unreadable-head a").length).toBe(150);
});

test("repair() of a store that was never written to does nothing, and backup() names the server's own tools", async () => {
  const empty = await openPostgresSessionStore({ connectionString, schemaName: newSchemaName() });
  expect(await empty.repair()).toEqual({ repaired: [], setAside: [], remaining: [] });
  expect(await empty.delete("a")).toBe(false);
  for await (const finding of empty.verify()) expect(finding).toBeUndefined();
  await expect(empty.backup("x")).rejects.toMatchObject({ code: "STORE_IO" });
  await expect(empty.backup("x")).rejects.toThrow(/pg_dump/);
  await empty.close();
});
