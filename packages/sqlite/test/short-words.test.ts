import { copyFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionStore } from "@agent-sessions/core";
import { foldText } from "@agent-sessions/core/backend";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseHandle } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { migrateSchema } from "../src/migrate-schema.js";
import { indexReach, renewIndex } from "../src/search-renewal.js";
import { findInRange, insertText } from "../src/search-rows.js";
import { searchTextOf, trigramRanges } from "../src/search-text.js";
import { SqlConnection } from "../src/sql-connection.js";
import type { SqlDatabase } from "../src/sql-database.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

const fixture = fileURLToPath(new URL("./fixtures/v1/sessions.db", import.meta.url));
const DUE = "SELECT search_rows_due FROM agent_sessions_store";

let path: string;

beforeEach(async () => {
  path = await makePlace();
  mkdirSync(dirname(path));
});

afterEach(async () => {
  await removePlace(path);
});

async function find(store: SessionStore, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, seq } of store.search(text)) found.push(`${id}:${seq}`);
  return found;
}

/** The index of an empty database in memory. */
function emptyIndex(): { readonly sql: SqlConnection; readonly handle: DatabaseHandle } {
  const handle = new DatabaseHandle(
    { kind: "memory", driver: loadDriver() },
    { location: "x", search: true },
  );
  return { sql: handle.forWriting().sql, handle };
}

it("the range of a short word begins with it, and ends with the greatest trigram that does; longer words have none", () => {
  expect(trigramRanges(["a", "ab", "abc", "\u{1f600}b"])).toEqual([
    { first: "ab", last: "ab\u{10ffff}" },
    { first: "\u{1f600}b", last: "\u{1f600}b\u{10ffff}" },
    { first: "a", last: "a\u{10ffff}\u{10ffff}" },
  ]);
});

// Astral characters, both sides of the surrogates, combining marks, noncharacters, the greatest code point, and NUL.
const CHARACTERS = [
  ...'aAbé字會\u0301\u{1f600}\u{1f601}\ud7ff\ue000\ufeff\ufffd\ufffe\uffff\u{10000}\u{10fffe}\u{10ffff}\0 \n"*',
];

it("the index finds exactly the texts in which a word of one or two characters stands, wherever that is", () => {
  const text = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 6 }).map((parts) => parts.join(""));
  const { sql, handle } = emptyIndex();
  // What the tokenizer cannot tell apart: core looks at each hit again.
  const seen = (folded: string): string => folded.replaceAll("\0", " ").replace(/[\ufffe\uffff]/g, "\ufffd");
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
      sql.run("BEGIN");
      for (const [index, content] of texts.entries())
        insertText(sql, 1, index + 1, searchTextOf({ content }));
      const folded = texts.map((content) => seen(foldText(content)));
      const characters = [...new Set(folded.flatMap((content) => [...content]))].filter((one) =>
        /\S/u.test(one),
      );
      const words = [...characters, ...characters.flatMap((one) => characters.map((two) => one + two))];
      for (const { first, last } of trigramRanges(words)) {
        const rows = findInRange(sql, first, last, 100) ?? [];
        const expected = folded.flatMap((content, index) => (content.includes(first) ? [index + 1] : []));
        expect(rows.map(([, seq]) => Number(seq)).sort()).toEqual(expected);
      }
      sql.run("ROLLBACK");
    }),
    { numRuns: 150 },
  );
  handle.close();
});

it("a range with more rows than are wanted, or in too many places, is not searched to its end", () => {
  const { sql, handle } = emptyIndex();
  sql.run("BEGIN");
  for (let seq = 1; seq <= 20; seq++) insertText(sql, 1, seq, searchTextOf({ content: `ab ${seq}` }));
  expect(findInRange(sql, "ab", "ab\u{10ffff}", 20)).toHaveLength(20);
  expect(findInRange(sql, "ab", "ab\u{10ffff}", 19)).toBeNull();
  const many = Array.from({ length: 4096 }, (_, index) => `x${String.fromCodePoint(0x4e00 + index)}`).join(
    "",
  );
  insertText(sql, 2, 1, searchTextOf({ content: many }));
  expect(findInRange(sql, "x", "x\u{10ffff}\u{10ffff}", 20)).toBeNull();
  sql.run("COMMIT");
  handle.close();
});

it("the query for a range is answered from the sorted terms alone, without a scan of all of them", () => {
  const { sql, handle } = emptyIndex();
  const plan = (where: string): unknown =>
    sql.rows(`EXPLAIN QUERY PLAN SELECT doc FROM agent_sessions_search_trigrams ${where}`)[0]?.[3];
  // The bits 0x200 and 0x400 of the index number: from a term on, and up to one. Without them it would be a scan.
  const bits = (detail: unknown): number => Number(/INDEX (\d+):/.exec(String(detail))?.[1]) & 0x700;
  expect(bits(plan("WHERE term BETWEEN 'ab' AND 'ac'"))).toBe(0x600);
  expect(bits(plan(""))).toBe(0);
  handle.close();
});

it("a rare short word, alone and beside common words, is found in a file, read-only, in memory and in the caller's database", async () => {
  const database = new Database(":memory:");
  const stores = [
    await openSqliteSessionStore({ path }),
    await openSqliteSessionStore({ path: ":memory:" }),
    await openSqliteSessionStore({ database }),
  ];
  for (const store of stores) {
    await store.create({
      id: "a",
      title: "會議",
      messages: [{ content: "common Q7" }, { content: "common" }],
    });
    await store.create({ id: "b", messages: [{ content: "請總結今天的會議" }, { content: "é" }] });
    await store.append("b", { content: "gone q7" });
    await store.truncate("b", 2);
  }
  stores.push(await openSqliteSessionStore({ path, readOnly: true }));
  for (const store of stores) {
    expect(await find(store, "q7")).toEqual(["a:1"]);
    expect(await find(store, "common q7")).toEqual(["a:1"]);
    expect(await find(store, "會議")).toEqual(["b:1", "a:null"]);
    expect(await find(store, "議")).toEqual(["b:1", "a:null"]);
    expect(await find(store, "É")).toEqual(["b:2"]);
    expect(await find(store, "zz")).toEqual([]);
    await store.close();
  }
  database.close();
});

it("in the caller's transaction that is rolled back, a short word is found, and afterwards too", async () => {
  const database = new Database(":memory:");
  const store = await openSqliteSessionStore({ database });
  await store.create({ id: "a", messages: [{ content: "q7" }] });
  database.exec("BEGIN");
  expect(await find(store, "q7")).toEqual(["a:1"]);
  database.exec("ROLLBACK");
  expect(await find(store, "q7")).toEqual(["a:1"]);
  await store.close();
  database.close();
});

describe("a database of format 1, whose index knows no endings", () => {
  const options = { location: "here", ownsFile: true, search: true };
  // At the end of a message, at the end of a title, and alone.
  const words = ["60", "es", "字", "ος"];

  async function findAll(store: SessionStore): Promise<string[][]> {
    return await Promise.all(words.map(async (word) => await find(store, word)));
  }

  /** What is found where no index is asked. */
  async function expected(): Promise<string[][]> {
    copyFileSync(fixture, path);
    meddle(path, (database) => database.exec("UPDATE agent_sessions_store SET has_search = 0"));
    const store = await openSqliteSessionStore({ path, readOnly: true });
    const found = await findAll(store);
    await store.close();
    await removePlace(path);
    mkdirSync(dirname(path), { recursive: true });
    expect(found[1]?.length).toBeGreaterThan(0);
    return found;
  }

  it("is searched as it is when it is opened read-only, and stays as it is", async () => {
    const all = await expected();
    copyFileSync(fixture, path);
    const store = await openSqliteSessionStore({ path, readOnly: true });
    expect(await findAll(store)).toEqual(all);
    await store.close();
    expect(meddle(path, (database) => database.pragma("user_version", { simple: true }))).toBe(1000);
  });

  it("gets an index with endings after its first write, in which every text of before is found", async () => {
    const all = await expected();
    copyFileSync(fixture, path);
    const store = await openSqliteSessionStore({ path });
    await store.update("mended", { metadata: { x: 1 } });
    expect(await findAll(store)).toEqual(all);
    await store.close();
    expect(meddle(path, (database) => database.prepare(DUE).pluck().get())).toBe(0);
    const again = await openSqliteSessionStore({ path, readOnly: true });
    expect((await findAll(again)).map((found) => found.sort())).toEqual(all.map((found) => found.sort()));
    await again.close();
  });

  it("is found whole at every step of that, by who opened it before too, and the steps are counted in the database", async () => {
    const all = await expected();
    copyFileSync(fixture, path);
    const before = await openSqliteSessionStore({ path, readOnly: true });
    expect(await findAll(before)).toEqual(all);
    const database = new Database(path);
    const sql = new SqlConnection(database as unknown as SqlDatabase);
    migrateSchema(sql, options);
    database.pragma("synchronous = OFF");
    const index = { sql, hasSearch: true };
    expect(indexReach(index)).toBe("nothing");
    let steps = 0;
    for (; renewIndex(index, 0); steps++) {
      if (steps % 150 !== 0) continue;
      expect(await findAll(before)).toEqual(all);
      const findings = [];
      for await (const found of before.verify()) findings.push(found);
      expect(findings).toEqual([]);
    }
    // One text a step, at the most: the time was over before each began.
    expect(steps).toBeGreaterThan(100);
    expect(indexReach(index)).toBe("all words");
    expect(await findAll(before)).toEqual(all);
    const findings = [];
    for await (const found of before.verify()) findings.push(found);
    expect(findings).toEqual([]);
    await before.close();
    database.close();
  });

  it("keeps what is written to it before its index is whole, once", async () => {
    copyFileSync(fixture, path);
    const database = new Database(path);
    const sql = new SqlConnection(database as unknown as SqlDatabase);
    migrateSchema(sql, options);
    meddle(path, (other) => {
      const pk = "SELECT transcript FROM agent_sessions_sessions WHERE id = 'long' AND namespace = ''";
      const transcript = Number(other.prepare(pk).pluck().get());
      // In a block that is still to be filed, as an append does.
      insertText(sql, transcript, 60, searchTextOf({ content: "written meanwhile" }));
    });
    while (renewIndex({ sql, hasSearch: true }, Number.POSITIVE_INFINITY));
    const rows = "SELECT count(*) FROM agent_sessions_search_docsize";
    const were = meddle(fixture, (other) => other.prepare(rows).pluck().get());
    expect(sql.value(rows)).toBe(were);
    database.close();
  });

  // With a virtual table in the wrong place of the schema, SQLite leaves out a part of its own check.
  it("is checked for unused pages as before", () => {
    copyFileSync(fixture, path);
    meddle(path, (database) => {
      migrateSchema(new SqlConnection(database as unknown as SqlDatabase), options);
      database.unsafeMode(true);
      database.pragma("writable_schema = ON");
      database.exec("DELETE FROM sqlite_schema WHERE name = 'agent_sessions_sessions_by_title'");
    });
    const check = meddle(path, (database) => database.pragma("quick_check", { simple: true }));
    expect(check).toContain("never used");
  });

  it("has nothing to be filed when it has no index", () => {
    copyFileSync(fixture, path);
    const database = new Database(path);
    database.exec("UPDATE agent_sessions_store SET has_search = 0");
    const sql = new SqlConnection(database as unknown as SqlDatabase);
    expect(migrateSchema(sql, options)).toEqual({ version: 2000, hasSearch: false });
    expect(renewIndex({ sql, hasSearch: false }, 0)).toBe(false);
    expect(sql.value(DUE)).toBe(0);
    database.close();
  });
});
