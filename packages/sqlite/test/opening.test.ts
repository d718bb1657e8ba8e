import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type SessionStore, SessionStoreError } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open, openSqliteSessionStore } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (SessionStoreError.is(error)) return error.code;
    throw error;
  }
  return "none";
}

async function make(): Promise<void> {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a", messages: [{ role: "user", content: "hello" }] });
  await store.close();
}

function target(url: string, location: string, options = {}): Parameters<typeof open>[0] {
  return { scheme: "sqlite", url, location, options };
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
    for (const change of ["UPDATE agent_sessions_store SET major = 2", "PRAGMA user_version = 2000"]) {
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
    meddle(path, (database) => database.exec("UPDATE agent_sessions_store SET major = 2"));
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

it("a path that the system refuses to look at rejects STORE_IO", async () => {
  const loop = join(dirname(dirname(path)), "loop");
  symlinkSync(loop, loop);
  for (const refused of [loop, join(dirname(dirname(path)), "x".repeat(300))]) {
    expect(await codeOf(openSqliteSessionStore({ path: refused }))).toBe("STORE_IO");
  }
});

// The old connection went on writing to a file without a name, and shared its -shm with the new one: both were read wrongly.
it("a handle whose file was deleted or replaced goes on with what is at the path now", async () => {
  const [old, idle] = [await openSqliteSessionStore({ path }), await openSqliteSessionStore({ path })];
  await old.create({ id: "a" });
  await idle.append("a", { content: "x" });
  rmSync(path);
  expect(await codeOf(old.append("a", { content: "lost?" }))).toBe("SESSION_NOT_FOUND");
  await old.create({ id: "b" });
  const fresh = await openSqliteSessionStore({ path });
  for (let n = 0; n < 20; n++) await fresh.append("b", { content: "x".repeat(3000) });
  for (const store of [old, idle, fresh]) {
    await store.append("b", { content: "all" });
    expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["b"]);
  }
  expect((await old.head("b")).messageCount).toBe(23);
  const findings = [];
  for await (const found of fresh.verify()) findings.push(found);
  expect(findings).toEqual([]);
  for (const store of [idle, fresh]) await store.close();
  const other = join(dirname(path), "other.db");
  const copy = await openSqliteSessionStore({ path: other });
  await copy.create({ id: "c" });
  await copy.close();
  await old.close();
  const reader = await openSqliteSessionStore({ path, journalMode: "delete" });
  await reader.update("b", { title: "T" });
  renameSync(other, path);
  expect((await reader.list()).sessions.map(({ id }) => id)).toEqual(["c"]);
  await reader.close();
});

it("a newer minor opens, and its columns, tables and version outlive every rewrite", async () => {
  await make();
  meddle(path, (database) => {
    database.exec(
      `UPDATE agent_sessions_store SET minor = 7; PRAGMA user_version = 1007;
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
    expect(database.pragma("user_version", { simple: true })).toBe(1007);
    expect(database.prepare("SELECT minor FROM agent_sessions_store").pluck().get()).toBe(7);
  });
});

it("an empty file is filled by the first write, and not before", async () => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  const store = await openSqliteSessionStore({ path });
  expect((await store.list()).sessions).toEqual([]);
  expect(statSync(path).size).toBe(0);
  await store.create({ id: "a" });
  expect(await store.exists("a")).toBe(true);
  await store.close();
});

it("a write that is refused creates nothing", async () => {
  const store = await openSqliteSessionStore({ path });
  expect(await codeOf(store.append("a", { content: "x" }))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.update("a", { title: "x" }))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.withLock("a", async () => undefined))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(store.fork("a"))).toBe("SESSION_NOT_FOUND");
  expect(await store.delete("a")).toBe(false);
  const failing = (async function* () {
    yield* [];
    throw new RangeError("mine");
  })();
  const head = { ...(await headOf()), id: "r" };
  await expect(store.restore({ head, entries: failing })).rejects.toThrow(RangeError);
  expect(existsSync(dirname(path))).toBe(false);
  await store.close();
});

async function headOf(): Promise<Awaited<ReturnType<SessionStore["head"]>>> {
  const memory = await openSqliteSessionStore({ path: ":memory:" });
  const head = await memory.create({ id: "m" });
  await memory.close();
  return head;
}

it("the database and its side files are private, whatever the umask", async () => {
  const umask = process.umask(0);
  const store = await openSqliteSessionStore({ path });
  try {
    await store.create({ id: "a" });
    const modes = readdirSync(dirname(path)).map((name) => [
      name,
      statSync(join(dirname(path), name)).mode & 0o777,
    ]);
    expect(modes).toEqual([
      ["sessions.db", 0o600],
      ["sessions.db-shm", 0o600],
      ["sessions.db-wal", 0o600],
    ]);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(umask);
    await store.close();
  }
});

it("the files are their owner's to use even where the umask takes that away", async () => {
  mkdirSync(dirname(path));
  const umask = process.umask(0o277);
  const store = await openSqliteSessionStore({ path });
  try {
    await store.create({ id: "a" });
    await store.backup(`${path}.copy`);
    for (const file of [path, `${path}.copy`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(umask);
    await store.close();
  }
});

it("a file whose permissions somebody chose keeps them", async () => {
  await make();
  chmodSync(path, 0o640);
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "b" });
  await store.close();
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

it("close leaves the database file alone in its folder", async () => {
  await make();
  expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
});

it("a link and the file it leads to are one store, with the same locks", async () => {
  await make();
  const link = join(dirname(dirname(path)), "link.db");
  symlinkSync(path, link);
  const [store, linked] = [
    await openSqliteSessionStore({ path }),
    await openSqliteSessionStore({ path: link, lockTimeoutMs: 0 }),
  ];
  await store.withLock("a", async () => {
    expect(await codeOf(linked.append("a", { content: "x" }))).toBe("SESSION_LOCKED");
    expect(await codeOf(linked.withLock("a", async () => undefined))).toBe("SESSION_LOCKED");
  });
  await linked.append("a", { content: "x" });
  expect((await store.head("a")).messageCount).toBe(2);
  await linked.close();
  await store.close();
});

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

it("a file with damaged pages rejects with a typed error, and neither crashes nor hides", async () => {
  const store = await openSqliteSessionStore({ path });
  for (let n = 0; n < 50; n++) await store.create({ id: `s${n}`, messages: [{ content: "x".repeat(3000) }] });
  await store.close();
  const bytes = readFileSync(path);
  for (const [from, to] of [
    [4096, 8192],
    [8192, 40960],
    [bytes.length / 2, bytes.length],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged.fill(0xa5, from, to);
    writeFileSync(path, damaged);
    const codes = new Set<string>();
    const reader = await openSqliteSessionStore({ path }).catch((error: unknown) => {
      expect(SessionStoreError.is(error)).toBe(true);
      return null;
    });
    if (reader === null) continue;
    for (let n = 0; n < 50; n++) codes.add(await codeOf(reader.load(`s${n}`)));
    codes.delete("none");
    expect([...codes].filter((code) => !["SESSION_CORRUPTED", "SESSION_NOT_FOUND"].includes(code))).toEqual(
      [],
    );
    const findings = [];
    for await (const { fault } of reader.verify()) findings.push(fault);
    expect(findings).toContain("damaged-pages");
    await reader.close();
  }
});

// A create that a damaged index kept out was told that its session exists already.
it("create() in a damaged database rejects STORE_IO, not SESSION_ALREADY_EXISTS", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  await store.close();
  const page = meddle(path, (database) =>
    Number(
      database
        .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'agent_sessions_sessions_by_title'")
        .pluck()
        .get(),
    ),
  );
  writeFileSync(path, readFileSync(path).fill(0xa5, (page - 1) * 4096, page * 4096));
  const damaged = await openSqliteSessionStore({ path });
  expect(await codeOf(damaged.create({ id: "b" }))).toBe("STORE_IO");
  expect(await damaged.exists("b")).toBe(false);
  await damaged.close();
});
