import { existsSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open, openSqliteSessionStore } from "../src/index.js";
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

function target(url: string, location: string, options = {}): Parameters<typeof open>[0] {
  return { scheme: "sqlite", url, location, options };
}

describe("options", () => {
  it("readOnly reads and refuses to write", async () => {
    await make();
    const store = await openSqliteSessionStore({ path, readOnly: true });
    expect((await store.load("a")).messages).toHaveLength(1);
    expect(await codeOf(store.append("a", { content: "x" }))).toBe("STORE_IO");
    expect(await codeOf(store.create())).toBe("STORE_IO");
    expect(await codeOf(store.withLock("a", async () => undefined))).toBe("STORE_IO");
    expect(await codeOf(store.delete("a"))).toBe("SESSION_DELETE_FAILED");
    await store.close();
  });

  it("a journal mode is set on a new file, kept on an existing one, and changed when asked for", async () => {
    const modeNow = (): unknown =>
      meddle(path, (database) => database.pragma("journal_mode", { simple: true }));
    for (const [journalMode, expected] of [
      ["delete", "delete"],
      [undefined, "delete"],
      ["wal", "wal"],
      [undefined, "wal"],
    ] as const) {
      const store = await openSqliteSessionStore({ path, journalMode });
      await store.create();
      await store.close();
      expect(modeNow()).toBe(expected);
    }
  });

  it("driver is the class that opens the file, and has to be one", async () => {
    const opened: unknown[] = [];
    const driver = class extends Database {
      constructor(...args: ConstructorParameters<typeof Database>) {
        super(...args);
        opened.push(args[0]);
      }
    };
    const store = await openSqliteSessionStore({ path, driver });
    await store.create({ id: "a" });
    expect(await store.exists("a")).toBe(true);
    await store.close();
    expect(opened).toContain(path);
    const noClass = "better-sqlite3" as unknown as typeof driver;
    expect(await codeOf(openSqliteSessionStore({ path, driver: noClass }))).toBe("INVALID_OPTIONS");
    const database = new Database(":memory:");
    expect(await codeOf(openSqliteSessionStore({ database, driver }))).toBe("INVALID_OPTIONS");
    database.close();
  });

  it("search: false makes no index, and a later handle keeps to that", async () => {
    const store = await openSqliteSessionStore({ path, search: false });
    await store.create({ id: "a", title: "needle", messages: [{ content: "needle" }] });
    await store.close();
    const again = await openSqliteSessionStore({ path, search: true });
    await again.append("a", { content: "needle again" });
    const seqs = [];
    for await (const { seq } of again.search("needle")) seqs.push(seq);
    expect(seqs).toEqual([null, 1, 2]);
    await again.close();
    const tables = meddle(path, (database) =>
      database
        .prepare("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'agent_sessions_search%'")
        .pluck()
        .get(),
    );
    expect(tables).toBe(0);
  });

  it("capabilities tell what the options make of the store", async () => {
    const durable = await openSqliteSessionStore({ path });
    const relaxed = await openSqliteSessionStore({ path, durability: "relaxed" });
    const memory = await openSqliteSessionStore({ path: ":memory:" });
    expect(
      [durable, relaxed, memory].map(({ capabilities }) => [capabilities.durable, capabilities.multiProcess]),
    ).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
    expect([durable.location, memory.location]).toEqual([path, ":memory:"]);
    for (const store of [durable, relaxed, memory]) await store.close();
  });

  it("what makes no sense is INVALID_OPTIONS", async () => {
    const memory = new Database(":memory:");
    const closed = new Database(":memory:");
    closed.close();
    const bad: readonly object[] = [
      {},
      { path: "" },
      { path: "x.db " },
      { path: "file:x.db" },
      { path, unknown: 1 },
      { path, busyTimeoutMs: 21 },
      { path, durability: "fast" },
      { path, journalMode: "off" },
      { path, readOnly: "maybe" },
      { path, database: memory },
      { database: memory, durability: "relaxed" },
      { database: closed },
      { database: {} },
    ];
    for (const options of bad)
      expect(await codeOf(openSqliteSessionStore(options as { path: string }))).toBe("INVALID_OPTIONS");
    memory.close();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("open() takes the options of a URL as texts", async () => {
    const store = await open(
      target("sqlite:…", path, {
        durability: "relaxed",
        search: "false",
        busyTimeoutMs: "10",
        namespace: "n",
      }),
    );
    await store.create({ id: "a" });
    expect([store.backend, store.namespace, store.capabilities.durable]).toEqual(["sqlite", "n", false]);
    await store.close();
    expect(await codeOf(open(target("sqlite:", "")))).toBe("INVALID_OPTIONS");
    expect(await codeOf(open(target("sqlite:x", "x", { path: "y" })))).toBe("INVALID_OPTIONS");
    const memory = await open(target("sqlite::memory:", ":memory:"));
    await memory.create();
    await memory.close();
    expect(existsSync(":memory:")).toBe(false);
  });
});
