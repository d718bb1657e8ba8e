import type { Finding, SessionStore } from "@agent-sessions/core";
import type Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;
let store: SessionStore;

beforeEach(async () => {
  path = await makePlace();
  store = await openSqliteSessionStore({ path, durability: "relaxed" });
  const messages = Array.from({ length: 5 }, (_, n) => ({
    role: "user",
    content: `message ${n + 1} needle`,
  }));
  for (const id of ["a", "b"]) {
    await store.create({
      id,
      title: `Title of ${id}`,
      labels: ["x", "y"],
      metadata: { n: 1, t: "1" },
      state: { s: 1 },
      messages,
    });
  }
});

afterEach(async () => {
  await store.close();
  await removePlace(path);
});

async function faults(): Promise<string[]> {
  const found: Finding[] = [];
  for await (const finding of store.verify()) found.push(finding);
  return found.map(({ id, fault }) => `${id} ${fault}`).sort();
}

async function hits(text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, seq } of store.search(text)) found.push(`${id}:${seq}`);
  return found.sort();
}

function plant(sql: string): void {
  meddle(path, (database) => {
    database.exec(sql);
  });
}

const ENTRY = (seq: number): string =>
  `(SELECT transcript << 32 | ${seq} FROM agent_sessions_sessions WHERE id = 'a')`;
const SEARCH_ROW = (seq: number): string =>
  `(SELECT block << 5 | ${seq} FROM agent_sessions_search_blocks WHERE part = 0
     AND transcript = (SELECT transcript FROM agent_sessions_sessions WHERE id = 'a'))`;
const PK = "(SELECT pk FROM agent_sessions_sessions WHERE id = 'a')";

interface Case {
  readonly plant: string;
  readonly faults: readonly string[];
  readonly keeps: readonly string[];
  readonly aside?: readonly string[];
}

const contents = (...numbers: number[]): string[] => numbers.map((n) => `message ${n} needle`);

const cases: Readonly<Record<string, Case>> = {
  "garbled labels": {
    plant: "UPDATE agent_sessions_sessions SET labels = '[\"x\",' WHERE id = 'a'",
    faults: ["a unreadable-head"],
    keeps: contents(1, 2, 3, 4, 5),
    aside: ['["x",'],
  },
  "metadata of the wrong shape": {
    plant: "UPDATE agent_sessions_sessions SET metadata = '[]' WHERE id = 'a'",
    faults: ["a unreadable-head"],
    keeps: contents(1, 2, 3, 4, 5),
    aside: ["[]"],
  },
  "a garbled state": {
    plant: `UPDATE agent_sessions_states SET state = '{"s":' WHERE session_pk = ${PK}`,
    faults: ["a unreadable-head"],
    keeps: contents(1, 2, 3, 4, 5),
    aside: ['{"s":'],
  },
  "a garbled message in the middle": {
    plant: `UPDATE agent_sessions_entries SET message = '{"content":' WHERE pk = ${ENTRY(3)}`,
    faults: ["a unreadable-message"],
    keeps: contents(1, 2, 4, 5),
    aside: ['{"content":'],
  },
  "a message that is an array, at the end": {
    plant: `UPDATE agent_sessions_entries SET message = '[1]' WHERE pk = ${ENTRY(5)}`,
    faults: ["a unreadable-message"],
    keeps: contents(1, 2, 3, 4),
    aside: ["[1]"],
  },
  "a missing entry": {
    plant: `DELETE FROM agent_sessions_entries WHERE pk = ${ENTRY(2)}`,
    faults: ["a missing-entries", "a search-differs"],
    keeps: contents(1, 3, 4, 5),
  },
  "a count that is too small": {
    plant: "UPDATE agent_sessions_sessions SET message_count = 3 WHERE id = 'a'",
    faults: ["a surplus-entries"],
    keeps: contents(1, 2, 3, 4, 5),
  },
  "a count that is too large": {
    plant: "UPDATE agent_sessions_sessions SET message_count = 9 WHERE id = 'a'",
    faults: ["a missing-entries"],
    keeps: contents(1, 2, 3, 4, 5),
  },
  "a missing row in the search index": {
    plant: `DELETE FROM agent_sessions_search WHERE rowid = ${SEARCH_ROW(2)}`,
    faults: ["a search-differs"],
    keeps: contents(1, 2, 3, 4, 5),
  },
  "a title that the search index lacks": {
    plant: `DELETE FROM agent_sessions_search WHERE rowid = ${SEARCH_ROW(0)}`,
    faults: ["a search-differs"],
    keeps: contents(1, 2, 3, 4, 5),
  },
  "a missing label": {
    plant: `DELETE FROM agent_sessions_facets WHERE session_pk = ${PK} AND kind = 'label' AND key = 'x'`,
    faults: ["a facets-differ"],
    keeps: contents(1, 2, 3, 4, 5),
  },
};

describe("each fault is found by verify, mended by repair, and loses nothing that can be read", () => {
  for (const [name, { plant: sql, faults: expected, keeps, aside = [] }] of Object.entries(cases)) {
    for (const whole of [true, false]) {
      it(`${name}, ${whole ? "repairing the store" : "repairing the session"}`, async () => {
        const untouched = await store.load("b");
        plant(sql);
        expect(await faults()).toEqual(expected);
        const report = await store.repair(whole ? undefined : "a");
        expect(report.remaining).toEqual([]);
        expect(new Set(report.repaired.map(({ id }) => id))).toEqual(new Set(["a"]));
        expect(report.setAside).toHaveLength(aside.length);
        expect(await faults()).toEqual([]);
        const session = await store.load("a");
        expect(session.messages.map(({ content }) => content)).toEqual(keeps);
        expect(session).toMatchObject({
          title: "Title of a",
          labels: ["x", "y"],
          metadata: { n: 1, t: "1" },
          messageCount: keeps.length,
        });
        expect(
          (await store.list({ labels: ["x"], metadata: { t: "1" } })).sessions.map(({ id }) => id).sort(),
        ).toEqual(["a", "b"]);
        expect((await hits("needle")).filter((hit) => hit.startsWith("a"))).toHaveLength(keeps.length);
        expect(await hits("title of a")).toEqual(["a:null"]);
        expect(await store.load("b")).toEqual(untouched);
        const kept = meddle(path, (database) =>
          database.prepare("SELECT content FROM agent_sessions_set_aside").pluck().all(),
        );
        expect(kept).toEqual(aside);
        expect((await store.append("a", { content: "goes on" })).messageCount).toBe(keeps.length + 1);
      });
    }
  }
});

it("entries without a session are set aside, index rows without one removed", async () => {
  plant(`INSERT INTO agent_sessions_entries VALUES ((700 << 32) | 1, '2026-01-01T00:00:00.000Z', '{"content":"orphan"}');
    INSERT INTO agent_sessions_search_blocks VALUES (701, 702, 0);
    INSERT INTO agent_sessions_search (rowid, text) VALUES ((701 << 5) | 4, 'orphan'), ((900 << 5) | 4, 'astray')`);
  expect(await faults()).toEqual([
    "null orphan-entries",
    "null orphan-search-rows",
    "null orphan-search-rows",
  ]);
  const report = await store.repair();
  expect(report).toMatchObject({ remaining: [] });
  expect(report.setAside).toHaveLength(1);
  expect(await faults()).toEqual([]);
  expect(
    meddle(path, (database) => database.prepare("SELECT content, at FROM agent_sessions_set_aside").all()),
  ).toEqual([{ content: '{"content":"orphan"}', at: "2026-01-01T00:00:00.000Z" }]);
});

it("a search index that is damaged within is made anew", async () => {
  meddle(path, (database) => {
    database.unsafeMode(true);
    database.exec("UPDATE agent_sessions_search_data SET block = zeroblob(40) WHERE id > 10");
  });
  const report = await store.repair();
  expect(report.remaining).toEqual([]);
  expect(await faults()).toEqual([]);
  expect(await hits("needle")).toHaveLength(10);
});

it("a damaged session is the business of its own namespace, and its lock is honoured", async () => {
  const tenant = store.inNamespace("tenant");
  await tenant.create({ id: "a", title: "theirs" });
  plant("UPDATE agent_sessions_sessions SET usage = 'x'");
  expect((await tenant.repair("a")).repaired.map(({ namespace, id }) => [namespace, id])).toEqual([
    ["tenant", "a"],
  ]);
  expect(await faults()).toEqual(["a unreadable-head", "b unreadable-head"]);
  expect((await tenant.head("a")).title).toBe("theirs");
  await expect(store.head("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
});

it("a list names damaged sessions from its indexes alone, wherever they stand", async () => {
  for (let n = 0; n < 60; n++) await store.create({ id: `n${n}` });
  plant("UPDATE agent_sessions_sessions SET labels = '{' WHERE id = 'a'");
  plant(
    "UPDATE agent_sessions_states SET state = '[]' WHERE session_pk = (SELECT pk FROM agent_sessions_sessions WHERE id = 'b')",
  );
  const page = await store.list({ limit: 10 });
  expect(page.sessions).toHaveLength(10);
  expect(page.unreadable.map(({ id, code }) => [id, code])).toEqual([
    ["a", "SESSION_CORRUPTED"],
    ["b", "SESSION_CORRUPTED"],
  ]);
  expect(page.unreadableCount).toBe(2);
  // A page of nothing but damaged ones would end a walk.
  const walked: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { sessions, nextCursor } = await store.list({ limit: 1, cursor, direction: "asc" });
    walked.push(...sessions.map(({ id }) => id));
    cursor = nextCursor;
  }
  expect(walked).toHaveLength(60);
  expect(await hits("needle")).toEqual([]);
  expect((await store.list({ idPrefix: "n", limit: 1 })).unreadableCount).toBe(0);
  expect((await store.list({ ids: ["b"], limit: 1 })).unreadable.map(({ id }) => id)).toEqual(["b"]);
});

it("verify names what SQLite's own check finds", async () => {
  meddle(path, (database: Database.Database) => {
    database.unsafeMode(true);
    database.pragma("writable_schema = ON");
    database.exec("DELETE FROM sqlite_schema WHERE name = 'agent_sessions_sessions_by_title'");
  });
  await store.close();
  store = await openSqliteSessionStore({ path });
  expect(await faults()).toContain("null damaged-pages");
});
