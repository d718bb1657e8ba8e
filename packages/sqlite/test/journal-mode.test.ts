import { existsSync, rmSync, statSync, utimesSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Checkpointer } from "../src/checkpointer.js";
import { DatabaseHandle, type JournalMode } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import type { SqlDriver } from "../src/sql-database.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

function handleWith(driver: SqlDriver, journalMode: JournalMode | null = null): DatabaseHandle {
  const settings = { durability: "relaxed", journalMode, busyTimeoutMs: 5, readOnly: false } as const;
  return new DatabaseHandle({ kind: "file", path, driver, settings }, { location: path, search: true });
}

/** As on a network file system: SQLite answers with the mode that it stays in. */
class WithoutWal extends Database {
  override pragma(source: string, options?: Database.PragmaOptions): unknown {
    return super.pragma(source === "journal_mode = wal" ? "journal_mode" : source, options);
  }
}

it("a file system without WAL is STORE_IO that names the way out, and is taken by that way", () => {
  const refused = handleWith(WithoutWal as unknown as SqlDriver);
  expect(() => refused.forWriting()).toThrow(
    expect.objectContaining({ code: "STORE_IO", message: expect.stringContaining('journalMode "delete"') }),
  );
  refused.close();
  const taken = handleWith(WithoutWal as unknown as SqlDriver, "delete");
  expect(taken.forWriting().sql.database.pragma("journal_mode", { simple: true })).toBe("delete");
  taken.close();
});

it("a database can be read besides its connection when there is one, and memory never", () => {
  const handle = handleWith(loadDriver());
  expect(handle.forReadingBesides()).toBeNull();
  const { sql } = handle.forWriting();
  sql.run("BEGIN IMMEDIATE");
  sql.run("UPDATE agent_sessions_store SET minor = 7");
  const besides = handle.forReadingBesides();
  expect(besides?.sql.row("SELECT minor FROM agent_sessions_store")).toEqual([0]);
  expect(handle.forReadingBesides()?.sql).toBe(besides?.sql);
  sql.run("ROLLBACK");
  handle.close();
  const memory = new DatabaseHandle(
    { kind: "memory", driver: loadDriver() },
    { location: ":memory:", search: true },
  );
  memory.forWriting();
  expect(memory.forReadingBesides()).toBeNull();
  memory.close();
});

it("a WAL that cannot be looked at without writing does not keep a store from opening", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  let looks = 0;
  class WithoutReaders extends Database {
    constructor(file: string | Buffer, options?: Database.Options) {
      if (options?.readonly === true) {
        looks += 1;
        throw Object.assign(new Error("unable to open database file"), { code: "SQLITE_CANTOPEN" });
      }
      super(file, options);
    }
  }
  const handle = handleWith(WithoutReaders as unknown as SqlDriver);
  expect(handle.forReading()?.sql.column("SELECT id FROM agent_sessions_sessions")).toEqual(["a"]);
  expect(looks).toBe(1);
  handle.close();
  await store.close();
});

it("a commit that left no WAL behind needs no checkpoint", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  rmSync(`${path}-wal`, { force: true });
  const checkpointer = new Checkpointer(path);
  expect(() => checkpointer.afterCommit(true, statSync(path))).not.toThrow();
  await checkpointer.settled();
  expect(existsSync(`${path}-wal`)).toBe(false);
});

it("a commit is not reported as failed because its WAL cannot be looked at", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  // A file where a folder should be: the system refuses the look with ENOTDIR.
  expect(() => new Checkpointer(`${path}/inside`).afterCommit(true, statSync(path))).not.toThrow();
});

it("a file whose side files cannot be made is read as a copy, until it is another one", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  class WithoutSideFiles extends Database {
    constructor(file: string | Buffer, options?: Database.Options) {
      super(file, options);
      if (this.memory) return;
      this.prepare = () => {
        throw Object.assign(new Error("unable to open database file"), { code: "SQLITE_CANTOPEN" });
      };
    }
  }
  const handle = handleWith(WithoutSideFiles as unknown as SqlDriver);
  const ids = (): unknown => handle.forReading()?.sql.column("SELECT id FROM agent_sessions_sessions");
  expect(ids()).toEqual(["a"]);
  expect(handle.isCopy).toBe(true);
  const copy = handle.forReading()?.sql;
  expect(handle.forReading()?.sql).toBe(copy);
  expect(() => handle.forWriting()).toThrow(
    expect.objectContaining({ code: "STORE_IO", message: expect.stringContaining("writable folder") }),
  );
  meddle(path, (database) => {
    database.exec("UPDATE agent_sessions_sessions SET id = 'b'");
    utimesSync(path, 1, 1);
  });
  expect(ids()).toEqual(["b"]);
  expect(handle.forReading()?.sql).not.toBe(copy);
  handle.close();
});
