import { setImmediate } from "node:timers/promises";
import type { SessionStore } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseHandle, type OpenDatabase } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { mendEntries, mendFacets, mendHead, mendSearch } from "../src/mend-session.js";
import { runSteps } from "../src/steps.js";
import { codeOf } from "./sqlite-harness.js";

let database: Database.Database;
let store: SessionStore;

beforeEach(async () => {
  database = new Database(":memory:");
  store = await openSqliteSessionStore({ database });
  for (const id of ["a", "b"]) {
    await store.create({
      id,
      title: `Title of ${id}`,
      labels: ["x"],
      metadata: { n: 1 },
      messages: [{ content: "first needle" }, { content: "second needle" }],
    });
  }
});

afterEach(async () => {
  await store.close();
  database.close();
});

async function faults(): Promise<string[]> {
  const found = [];
  for await (const { id, fault } of store.verify()) found.push(`${id} ${fault}`);
  return found;
}

it("a session that is gone by the time it is to be mended is left alone", () => {
  const handle = new DatabaseHandle(
    { kind: "memory", driver: loadDriver() },
    { location: "x", search: true },
  );
  const open: OpenDatabase = handle.forWriting();
  const before = open.sql.cells("SELECT total_changes()");
  const done: unknown[] = [];
  const note = (what: unknown): unknown => done.push(what);
  const key = { namespace: "", id: "gone" };
  mendHead(open, key, note, note);
  runSteps(mendEntries(open, key, "x", () => "epoch", note, note));
  mendFacets(open, key, "x", note);
  runSteps(mendSearch(open, key, "x", note));
  expect(done).toEqual([]);
  expect(open.sql.cells("SELECT total_changes()")).toEqual(before);
  handle.close();
});

it("facets of a kind that is not known do not find their way into a head that is mended", async () => {
  database.exec(`INSERT INTO agent_sessions_facets SELECT '', 'colour', 'red', '', pk FROM agent_sessions_sessions WHERE id = 'a';
    UPDATE agent_sessions_sessions SET labels = '{', metadata = '{' WHERE id = 'a'`);
  expect((await store.repair("a")).remaining).toEqual([]);
  expect(await store.head("a")).toMatchObject({ labels: ["x"], metadata: { n: 1 } });
});

const misshapen = {
  labels: ["{}", "[1]", "null"],
  metadata: ['{"deep":{}}', '{"n":null,"list":[]}', '"text"', "null"],
  usage: ['{"inputTokens":"1"}', "[]", "null"],
  extra: ["[]", "null", "1"],
};
for (const [column, texts] of Object.entries(misshapen)) {
  it(`each wrong shape of the column ${column} is set aside, and the session reads again`, async () => {
    const update = database.prepare(`UPDATE agent_sessions_sessions SET ${column} = ? WHERE id = 'a'`);
    for (const text of texts) {
      update.run(text);
      expect(await codeOf(store.head("a"))).toBe("SESSION_CORRUPTED");
      const report = await store.repair("a");
      expect([text, report.remaining, report.setAside.length]).toEqual([text, [], 1]);
      expect(await store.head("a")).toMatchObject({ labels: ["x"], metadata: { n: 1 }, messageCount: 2 });
    }
  });
}

it("metadata with a null in it is of the right shape: another column's repair leaves it as it is", async () => {
  await store.update("a", { metadata: { n: 1, none: null } });
  database.exec("UPDATE agent_sessions_sessions SET labels = '{' WHERE id = 'a'");
  await store.repair("a");
  expect((await store.head("a")).metadata).toEqual({ n: 1, none: null });
});

it("on a connection of the caller's a damaged search index is made anew in place", async () => {
  database.unsafeMode(true);
  database.exec("UPDATE agent_sessions_search_data SET block = zeroblob(40) WHERE id > 10");
  const report = await store.repair();
  expect(report.repaired.map(({ action }) => action)).toContain("made the search index anew");
  expect(report.remaining).toEqual([]);
  const hits = [];
  for await (const { id, seq } of store.search("needle")) hits.push(`${id}:${seq}`);
  expect(hits.sort()).toEqual(["a:1", "a:2", "b:1", "b:2"]);
});

it("a store without a search index is verified and mended without one", async () => {
  const other = new Database(":memory:");
  const plain = await openSqliteSessionStore({ database: other, search: false });
  await plain.create({ id: "a", messages: [{ content: "first" }, { content: "second" }] });
  other.exec(
    "DELETE FROM agent_sessions_entries WHERE pk = (SELECT transcript << 32 | 1 FROM agent_sessions_sessions)",
  );
  const report = await plain.repair();
  expect(report.repaired.map(({ action }) => action)).toEqual(["counted 1 readable entries instead of 2"]);
  expect(report.remaining).toEqual([]);
  expect((await plain.load("a")).messages).toEqual([{ content: "second" }]);
  await plain.close();
  other.close();
});

it("what is not damage ends a check: a table that is missing is said, not called a fault of a session", async () => {
  database.exec("DROP TABLE agent_sessions_entries");
  expect(await codeOf(faults())).toBe("STORE_IO");
  expect(await codeOf(store.repair())).toBe("STORE_IO");
});

it("what is not damage ends a repair: a search index that is missing is not made anew", async () => {
  database.exec("DROP TABLE agent_sessions_search");
  expect(await codeOf(store.repair())).toBe("STORE_IO");
  const find = "SELECT count(*) FROM sqlite_schema WHERE name = 'agent_sessions_search'";
  expect(database.prepare(find).pluck().get()).toBe(0);
});

it("a store that was never written to has nothing to mend", async () => {
  const other = new Database(":memory:");
  const empty = await openSqliteSessionStore({ database: other });
  const nothing = { repaired: [], setAside: [], remaining: [] };
  expect(await empty.repair()).toEqual(nothing);
  expect(await codeOf(empty.repair("a"))).toBe("SESSION_NOT_FOUND");
  // What a repair leaves to the background has had its turns by then.
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  expect(other.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(0);
  await empty.close();
  other.close();
});

it("a list counts all unreadable sessions and says of the first hundred what is wrong", async () => {
  for (let n = 0; n < 102; n++) await store.create({ id: `n${String(n).padStart(3, "0")}` });
  database.exec("UPDATE agent_sessions_sessions SET labels = '{' WHERE id LIKE 'n%'");
  const page = await store.list();
  expect(page.sessions.map(({ id }) => id).sort()).toEqual(["a", "b"]);
  expect(page.unreadableCount).toBe(102);
  expect(page.unreadable).toHaveLength(100);
  expect(page.unreadable.at(-1)).toMatchObject({ id: "n099", message: expect.stringContaining("labels") });
});

it("a walk for a common word goes through all sessions, however many there are", async () => {
  for (let n = 0; n < 150; n++) await store.create({ id: `n${n}`, messages: [{ content: "ox" }] });
  const found = new Set<string>();
  for await (const { id } of store.search("ox", { limit: 1000 })) found.add(id);
  expect(found.size).toBe(150);
});

it("search passes over messages that are JSON but no objects", async () => {
  const plant = database.prepare(
    "UPDATE agent_sessions_entries SET message = ? WHERE pk = (SELECT transcript << 32 | 1 FROM agent_sessions_sessions WHERE id = 'a')",
  );
  for (const text of ['["first needle"]', '"first needle"', "null"]) {
    plant.run(text);
    const found = [];
    for await (const { id } of store.search("first needle")) found.push(id);
    expect([text, found]).toEqual([text, ["b"]]);
  }
});
