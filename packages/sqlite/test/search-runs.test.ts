import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseHandle } from "../src/database-handle.js";
import { loadDriver } from "../src/load-driver.js";
import { insertText, matchesFrom } from "../src/search-rows.js";
import { toMatchQuery } from "../src/search-text.js";
import type { SqlConnection } from "../src/sql-connection.js";

const BLOCK = 32;
const MATCH = toMatchQuery(["needle"]) ?? "";

let handle: DatabaseHandle;
let sql: SqlConnection;

beforeEach(() => {
  handle = new DatabaseHandle({ kind: "memory", driver: loadDriver() }, { location: "x", search: true });
  ({ sql } = handle.forWriting());
});

afterEach(() => handle.close());

/** Files as many messages of a transcript, of which every tenth holds the word. */
function file(transcript: number, first: number, last: number): void {
  for (let seq = first; seq <= last; seq++)
    insertText(sql, transcript, seq, seq % 10 === 0 ? "needle" : "hay");
}

it("a transcript that the index does not know has no matches, and nothing follows", () => {
  expect(matchesFrom(sql, MATCH, 7, 1, 100)).toEqual({ seqs: [], next: null });
});

it("matches are found from a position on, up to the end of the transcript", () => {
  file(7, 1, 2 * BLOCK);
  expect(matchesFrom(sql, MATCH, 7, 21, 100)).toEqual({ seqs: [30, 40, 50, 60], next: null });
});

it("at the limit the search goes on behind the last match, or behind its own start when none counts", () => {
  file(7, 1, 2 * BLOCK);
  expect(matchesFrom(sql, MATCH, 7, 1, 2)).toEqual({ seqs: [10, 20], next: 21 });
  expect(matchesFrom(sql, MATCH, 7, 31, 1)).toEqual({ seqs: [], next: 32 });
});

it("a run ends where another transcript's blocks lie in between", () => {
  file(7, 1, 5 * BLOCK - 1);
  file(8, 1, 1);
  file(7, 5 * BLOCK, 6 * BLOCK);
  expect(matchesFrom(sql, MATCH, 7, 121, 100)).toBeNull();
  expect(matchesFrom(sql, MATCH, 7, 1, 100)).toEqual({
    seqs: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150],
    next: 5 * BLOCK,
  });
});

it("a run ends where a part of the transcript is missing in the index", () => {
  file(7, 1, 4 * BLOCK - 1);
  file(7, 6 * BLOCK, 7 * BLOCK);
  expect(matchesFrom(sql, MATCH, 7, 101, 100)).toBeNull();
  expect(matchesFrom(sql, MATCH, 7, 1, 100)?.next).toBe(4 * BLOCK);
});
