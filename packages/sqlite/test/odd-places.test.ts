import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SessionStore } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, storageFigures } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { type Migration, migrateSchema } from "../src/migrate-schema.js";
import { openReadOnlyCopy } from "../src/read-only-copy.js";
import { removeStaleIndex } from "../src/remove-stale-index.js";
import { SessionLocks } from "../src/session-locks.js";
import { SqlConnection } from "../src/sql-connection.js";
import type { SqlDatabase } from "../src/sql-database.js";
import { codeOf, makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
  mkdirSync(dirname(path));
});

afterEach(async () => {
  await removePlace(path);
});

const open = (): Promise<SessionStore> => openSqliteSessionStore({ path, durability: "relaxed" });

function connect(file: string): SqlConnection {
  return new SqlConnection(new Database(file) as unknown as SqlDatabase);
}

it("a store whose version is missing is refused, and left as it is", async () => {
  const store = await open();
  await store.create({ id: "a" });
  await store.close();
  meddle(path, (database) => database.exec("DELETE FROM agent_sessions_store"));
  await expect(open()).rejects.toMatchObject({
    code: "STORE_INCOMPATIBLE",
    message: expect.stringContaining("its version is missing"),
  });
  const count = "SELECT count(*) FROM agent_sessions_sessions";
  expect(meddle(path, (database) => database.prepare(count).pluck().get())).toBe(1);
});

it("a step that could lose something needs no copy of a database in memory", () => {
  const sql = connect(":memory:");
  const options = { location: "memory", ownsFile: true, search: false };
  expect(migrateSchema(sql, options).version).toBe(2000);
  const forget: Migration = {
    version: 2001,
    isDestructive: true,
    up: ({ database }) => database.exec("UPDATE agent_sessions_store SET minor = 1"),
  };
  expect(migrateSchema(sql, options, [forget])).toEqual({ version: 2001, hasSearch: false });
  sql.database.close();
});

it("steps that make no tables are an error, not a store", () => {
  const sql = connect(":memory:");
  const options = { location: "memory", ownsFile: true, search: false };
  expect(() => migrateSchema(sql, options, [])).toThrow("not there");
  sql.database.close();
});

for (const side of ["-wal", "-journal"]) {
  it(`no copy stands for a file that a ${side} file belongs to: what SQLite said is thrown again`, () => {
    const cause = new Error("what SQLite said");
    writeFileSync(path, "");
    writeFileSync(path + side, "not empty");
    expect(() => openReadOnlyCopy(path, loadDriver(), cause)).toThrow(cause);
  });
}

it("a file that is too short to have a header is copied as it is, and is no database", () => {
  writeFileSync(path, "short");
  expect(() => {
    const { database } = openReadOnlyCopy(path, loadDriver(), null);
    database.pragma("user_version");
  }).toThrow(expect.objectContaining({ code: "SQLITE_NOTADB" }));
});

it("a side file that a deleted database left is removed for an empty file, and kept for any other", () => {
  const index = `${path}-shm`;
  const sql = connect(path);
  writeFileSync(index, "stale");
  removeStaleIndex(sql, path);
  expect(existsSync(index)).toBe(false);
  sql.run("CREATE TABLE t (c)");
  writeFileSync(index, "in use");
  removeStaleIndex(sql, path);
  expect(existsSync(index)).toBe(true);
  sql.database.close();
});

it("a token of a writer that is at work cannot be taken a second time", async () => {
  const locks = new SessionLocks(`${path}-locks`);
  expect(() => locks.isStaging("token")).toThrow("before prepare()");
  const held = await locks.holdStaging("token");
  expect(locks.isStaging("token")).toBe(true);
  await expect(locks.holdStaging("token")).rejects.toThrow("is taken");
  held.release();
  expect(locks.isStaging("token")).toBe(false);
});

it("figures of a database whose tree of sessions is damaged reject STORE_IO", async () => {
  const store = await open();
  await store.create({ id: "a" });
  await store.close();
  meddle(path, (database) => {
    database.unsafeMode(true);
    database.pragma("writable_schema = ON");
    // A page that the file does not have.
    database.exec("UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'agent_sessions_sessions'");
  });
  expect(await codeOf(storageFigures(path))).toBe("STORE_IO");
});

const MANY = 3000;
/** Reads a long session until the first message is there, lets something happen, and reads on. */
async function readAcross(store: SessionStore, happen: () => Promise<unknown>): Promise<string> {
  const messages = store.messages("a", { order: "desc" })[Symbol.asyncIterator]();
  expect((await messages.next()).value).toMatchObject({ seq: MANY });
  await happen();
  return await codeOf(
    (async () => {
      while ((await messages.next()).done !== true);
    })(),
  );
}

async function openLong(): Promise<SessionStore> {
  const store = await open();
  await store.create({ id: "a", messages: Array.from({ length: MANY }, (_, n) => ({ content: `${n}` })) });
  return store;
}

it("a session that is deleted while it is read rejects SESSION_NOT_FOUND", async () => {
  const store = await openLong();
  expect(await readAcross(store, () => store.delete("a"))).toBe("SESSION_NOT_FOUND");
  await store.close();
});

it("a store that is deleted while a session is read rejects SESSION_NOT_FOUND", async () => {
  const store = await openLong();
  const remove = async (): Promise<void> => {
    for (const side of ["", "-wal", "-shm"]) rmSync(path + side, { force: true });
  };
  expect(await readAcross(store, remove)).toBe("SESSION_NOT_FOUND");
  await store.close();
});

it("a session whose entries vanish while it is read rejects SESSION_CORRUPTED", async () => {
  const store = await openLong();
  const lose = async (): Promise<void> =>
    meddle(path, (database) => void database.exec("DELETE FROM agent_sessions_entries"));
  expect(await readAcross(store, lose)).toBe("SESSION_CORRUPTED");
  await store.close();
});

it("a message that is JSON but no object rejects SESSION_CORRUPTED when it is read", async () => {
  const store = await open();
  await store.create({ id: "a", messages: [{ content: "first" }] });
  for (const text of ["[1]", "null", "1"]) {
    meddle(path, (database) => database.prepare("UPDATE agent_sessions_entries SET message = ?").run(text));
    await expect(store.load("a")).rejects.toMatchObject({
      code: "SESSION_CORRUPTED",
      message: expect.stringContaining("not an object"),
    });
  }
  await store.close();
});
