import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { codeOf, makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

async function make(): Promise<void> {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a", messages: [{ role: "user", content: "hello" }] });
  await store.close();
}

describe("what is no store of ours is refused and left as it is", () => {
  const others: Readonly<Record<string, () => void>> = {
    "a text file": () => writeFileSync(path, "Dear diary, this is no database.\n".repeat(100)),
    "a few bytes": () => writeFileSync(path, "hello"),
    "another program's tables": () => {
      const other = new Database(path);
      other.exec("CREATE TABLE bookmarks (url TEXT)");
      other.close();
    },
    "another program's database in WAL mode": () => {
      const other = new Database(path);
      other.pragma("journal_mode = WAL");
      other.exec("CREATE TABLE bookmarks (url TEXT)");
      other.close();
    },
    "another program's mark": () => {
      const other = new Database(path);
      other.pragma("application_id = 42");
      other.close();
    },
    "a database without tables, of some version": () => {
      const other = new Database(path);
      other.pragma("user_version = 3");
      other.close();
    },
  };
  for (const [name, plant] of Object.entries(others)) {
    it(name, async () => {
      mkdirSync(dirname(path), { recursive: true });
      plant();
      const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)];
      expect(await codeOf(openSqliteSessionStore({ path }))).toBe("STORE_INCOMPATIBLE");
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(statSync(path).mtimeMs).toBe(mtimeMs);
      expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
    });
  }

  it("a folder", async () => {
    mkdirSync(path, { recursive: true });
    expect(await codeOf(openSqliteSessionStore({ path }))).toBe("STORE_INCOMPATIBLE");
    expect(readdirSync(path)).toEqual([]);
  });

  it("a newer major, by the version table or by the file's version alone", async () => {
    for (const change of ["UPDATE agent_sessions_store SET major = 9", "PRAGMA user_version = 9000"]) {
      await removePlace(path);
      await make();
      meddle(path, (database) => database.exec(change));
      const bytes = readFileSync(path);
      expect(await codeOf(openSqliteSessionStore({ path }))).toBe("STORE_INCOMPATIBLE");
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
  });

  it("a newer major that another program migrates to while the store is open: the next write", async () => {
    const store = await openSqliteSessionStore({ path });
    await store.create({ id: "a" });
    meddle(path, (database) => database.exec("UPDATE agent_sessions_store SET major = 9"));
    expect(await codeOf(store.append("a", { content: "x" }))).toBe("STORE_INCOMPATIBLE");
    // What is staged and swept is looked at no less: it is written without a session's lock.
    const head = { ...(await store.head("a")), id: "long", messageCount: 600 };
    const entries = Array.from({ length: 600 }, (_, n) => ({ seq: n + 1, at: head.createdAt, message: {} }));
    expect(await codeOf(store.restore({ head, entries }))).toBe("STORE_INCOMPATIBLE");
    await store.close();
  });

  // The last connection that can write moves a WAL into its database when it closes: seen with one that a killed program had left.
  it("another program's database, with the WAL that it left behind", async () => {
    const there = join(dirname(dirname(path)), "there.db");
    const other = new Database(there);
    other.pragma("journal_mode = WAL");
    other.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.org/')");
    mkdirSync(dirname(path), { recursive: true });
    for (const side of ["", "-wal"]) copyFileSync(there + side, path + side);
    const bytes = (): Buffer[] => ["", "-wal"].map((side) => readFileSync(path + side));
    const before = bytes();
    expect(before[1]?.length).toBeGreaterThan(0);
    expect(await codeOf(openSqliteSessionStore({ path }))).toBe("STORE_INCOMPATIBLE");
    expect(bytes()).toEqual(before);
    other.close();
  });
});

it("a newer minor opens, and its columns, tables and version outlive every rewrite", async () => {
  await make();
  meddle(path, (database) => {
    database.exec(
      `UPDATE agent_sessions_store SET minor = 7; PRAGMA user_version = 2007;
      ALTER TABLE agent_sessions_sessions ADD COLUMN newer TEXT; UPDATE agent_sessions_sessions SET newer = 'kept';
      ALTER TABLE agent_sessions_entries ADD COLUMN newer TEXT; CREATE TABLE agent_sessions_newer (x) STRICT`.replace(
        "(x)",
        "(x TEXT)",
      ),
    );
  });
  const store = await openSqliteSessionStore({ path });
  await store.append("a", { content: "x" });
  await store.save("a", { messages: [], title: "T" });
  const { head } = { head: await store.head("a") };
  await store.restore({ head, entries: [] });
  expect((await store.list()).sessions).toHaveLength(1);
  await store.close();
  meddle(path, (database) => {
    expect(database.prepare("SELECT newer FROM agent_sessions_sessions").pluck().all()).toEqual(["kept"]);
    expect(database.pragma("user_version", { simple: true })).toBe(2007);
    expect(database.prepare("SELECT minor FROM agent_sessions_store").pluck().get()).toBe(7);
  });
});
