import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkPagesOf } from "../src/check-pages.js";
import { checkHead } from "../src/check-session.js";
import { DatabaseHandle } from "../src/database-handle.js";
import { readHeadRow } from "../src/head-row.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import type { SqlDatabase, SqlValue } from "../src/sql-database.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

it("a count below zero is SESSION_CORRUPTED, and names its column", async () => {
  const store = await openSqliteSessionStore({ path });
  for (const column of ["message_count", "revision", "preview_seq", "transcript"]) {
    await store.create({ id: column });
    meddle(path, (database) =>
      database.prepare(`UPDATE agent_sessions_sessions SET ${column} = -1 WHERE id = ?`).run(column),
    );
    await expect(store.head(column)).rejects.toMatchObject({
      code: "SESSION_CORRUPTED",
      message: expect.stringContaining(`column ${column}`),
    });
  }
  await store.close();
});

it("JSON of another shape is SESSION_CORRUPTED, and names its column", async () => {
  const store = await openSqliteSessionStore({ path });
  const shapes = { labels: "[1]", metadata: '{"a":{}}', usage: '{"a":"b"}', extra: "[]" };
  for (const [column, json] of Object.entries(shapes)) {
    await store.create({ id: column });
    meddle(path, (database) =>
      database.prepare(`UPDATE agent_sessions_sessions SET ${column} = ? WHERE id = ?`).run(json, column),
    );
    await expect(store.head(column)).rejects.toMatchObject({
      code: "SESSION_CORRUPTED",
      message: expect.stringContaining(`column ${column}`),
    });
  }
  await store.close();
});

/** What the tables refuse, a damaged page may hold. */
it("a value of another type is SESSION_CORRUPTED in whatever column it stands", () => {
  const sound: Readonly<Record<string, SqlValue>> = {
    pk: 1,
    transcript: 1,
    namespace: "",
    id: "a",
    title: "T",
    preview: "",
    labels: "[]",
    metadata: "{}",
    pinned: 0,
    archived: 0,
    parent_id: "p",
    parent_message_count: 2,
    usage: "{}",
    message_count: 3,
    revision: 4,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
    preview_seq: 0,
    epoch: "e",
    extra: "{}",
    state: '{"step":1}',
  };
  const read = (row: Readonly<Record<string, SqlValue>>): unknown =>
    readHeadRow(Object.values(row), "there").head;
  expect(read(sound)).toMatchObject({ id: "a", parent: { id: "p", messageCount: 2 }, state: { step: 1 } });
  for (const [column, value] of Object.entries(sound)) {
    if (["pk", "pinned", "archived"].includes(column)) continue;
    const other = typeof value === "string" ? 7 : "7";
    expect(() => read({ ...sound, [column]: other }), column).toThrow(
      expect.objectContaining({
        code: "SESSION_CORRUPTED",
        message: expect.stringContaining(`column ${column}`),
      }),
    );
  }
});

it("a session that is deleted while it is verified has no faults", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  const settings = { durability: "relaxed", journalMode: null, busyTimeoutMs: 5, readOnly: false } as const;
  const source = { kind: "file", path, driver: loadDriver(), settings } as const;
  const handle = new DatabaseHandle(source, { location: path, search: true });
  const open = handle.forWriting();
  const key = { namespace: "", id: "a" };
  expect(checkHead(open, key, path)).toMatchObject({ row: { head: { id: "a" } }, findings: [] });
  open.sql.run("DELETE FROM agent_sessions_sessions");
  expect(checkHead(open, key, path)).toEqual({ row: null, findings: [] });
  handle.close();
});

it("the check of a connection's pages tells damage from a failure", () => {
  const whole = new Database(":memory:");
  whole.exec("CREATE TABLE t (x TEXT); CREATE TABLE u (x TEXT); INSERT INTO t VALUES ('a')");
  expect(checkPagesOf(whole as SqlDatabase)).toEqual([]);
  const bytes = whole.serialize();
  whole.close();
  // The page with the list of tables: without it nothing can be checked.
  const list = new Database(Buffer.from(bytes).fill(0xff, 100, 4096));
  expect(checkPagesOf(list as SqlDatabase)).toEqual([expect.stringContaining("malformed")]);
  list.close();
  expect(() => checkPagesOf(list as SqlDatabase)).toThrow(TypeError);
});
