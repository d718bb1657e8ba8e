import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SessionStore } from "@agent-sessions/core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseHandle } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { checkpointInThread } from "../src/work-in-thread.js";
import { kill, said, startChild } from "./child-process.js";
import { codeOf, makePlace, meddle, removePlace } from "./sqlite-harness.js";

const MESSAGES = 20;

let path: string;
let other: string;
let stores: SessionStore[];
let children: ChildProcess[];

beforeEach(async () => {
  path = await makePlace();
  other = join(dirname(path), "other.db");
  stores = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const store of stores) await store.close();
  await removePlace(path);
});

async function open(
  settings: { path?: string; lockTimeoutMs?: number; readOnly?: boolean } = {},
): Promise<SessionStore> {
  const store = await openSqliteSessionStore({ path, durability: "relaxed", ...settings });
  stores.push(store);
  return store;
}

function makeHandle(): DatabaseHandle {
  const settings = { durability: "relaxed", journalMode: null, busyTimeoutMs: 5, readOnly: false } as const;
  const source = { kind: "file", path, driver: loadDriver(), settings } as const;
  return new DatabaseHandle(source, { location: path, search: true });
}

/** Makes a database with sessions of many pages, and closes it. */
async function fill(file: string, name: string, sessions: number): Promise<void> {
  const store = await openSqliteSessionStore({ path: file, durability: "relaxed" });
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({
    content: `${name} ${n} `.padEnd(400, "x"),
  }));
  for (let n = 0; n < sessions; n++) await store.create({ id: `${name}${n}`, messages });
  await store.close();
}

/** A store with commits that only the WAL has, and a closed database beside it that may take its place. */
async function makeBoth(): Promise<SessionStore> {
  await fill(path, "old", 12);
  await fill(other, "new", 18);
  const live = await open();
  for (let n = 0; n < 12; n++) await live.append(`old${n}`, { content: "only the WAL has it" });
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  return live;
}

/** Every session of the new file is there, with all its messages, and nothing else. */
async function expectNew(store: SessionStore): Promise<void> {
  const { sessions, unreadable } = await store.list({ limit: 100 });
  expect(unreadable).toEqual([]);
  expect(sessions.map(({ id }) => id.replace(/\d+$/, ""))).toEqual(Array.from({ length: 18 }, () => "new"));
  for (const { id } of sessions) expect((await store.load(id)).messages).toHaveLength(MESSAGES);
  const findings = [];
  for await (const found of store.verify()) findings.push(found);
  expect(findings).toEqual([]);
}

async function start(): Promise<ChildProcess> {
  const child = await startChild({ name: "use", id: "old0" }, { path });
  children.push(child);
  child.send("go");
  expect(await said(child)).toBe("held");
  return child;
}

async function look(child: ChildProcess): Promise<unknown> {
  const answer = said(child);
  child.send("look");
  return await answer;
}

// The WAL that was left at the path was read into the new file, and damaged it.
it("a file that is replaced under the only handle is left with its WAL, and the new one is whole", async () => {
  const live = await makeBoth();
  renameSync(other, path);
  await expectNew(live);
  await live.append("new0", { content: "on top" });
  await live.close();
  await expect(expectNew(await open())).rejects.toThrow("to have a length of 20 but got 21");
  expect(existsSync(`${path}-wal`)).toBe(true);
});

it("a backup that is moved to the path shows what was backed up", async () => {
  const live = await open();
  await live.create({ id: "a", messages: [{ content: "first" }] });
  await live.backup(other);
  for (let n = 0; n < 9; n++) await live.append("a", { content: "after the backup" });
  renameSync(other, path);
  expect((await live.load("a")).messages).toEqual([{ content: "first" }]);
  await live.append("a", { content: "second" });
  expect((await live.load("a")).messages).toHaveLength(2);
});

it("a file that is moved away takes along what only its WAL had", async () => {
  const live = await makeBoth();
  const away = join(dirname(path), "away.db");
  renameSync(path, away);
  renameSync(other, path);
  await expectNew(live);
  const moved = await open({ path: away });
  expect((await moved.load("old3")).messages).toHaveLength(MESSAGES + 1);
});

it("a file that is replaced by one without WAL is opened as it is", async () => {
  await fill(other, "new", 18);
  meddle(other, (database) => database.pragma("journal_mode = DELETE"));
  const live = await open();
  await live.create({ id: "a" });
  renameSync(other, path);
  await expectNew(live);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

it("a handle that is closed without another call leaves no WAL to a file that was put in its place", async () => {
  const live = await makeBoth();
  renameSync(other, path);
  await live.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  await expectNew(await open());
});

it("of several handles in a process each goes on with the new file", async () => {
  const live = await makeBoth();
  const [second, third] = [await open(), await open()];
  await second.head("old0");
  renameSync(other, path);
  // They wait for each other, and those that have waited long enough leave.
  const first = await Promise.all([live, second, third].map((store) => codeOf(store.list())));
  expect(first).toContain("none");
  for (const store of [live, second, third]) await expectNew(store);
});

it("a store that is opened while a handle still has the replaced file open is refused", async () => {
  const live = await makeBoth();
  renameSync(other, path);
  expect(await codeOf(open())).toBe("STORE_IO");
  await expectNew(live);
  await expectNew(await open());
});

// It went by the WAL that it had had before, and did not take the later one for its own.
it("a handle that was closed and opened again knows the WAL that it has then", async () => {
  await fill(path, "old", 1);
  await fill(other, "new", 1);
  const handle = makeHandle();
  for (let times = 0; times < 2; times++) {
    handle.forWriting().sql.run("UPDATE agent_sessions_sessions SET title = title || 'x'");
    if (times === 0) handle.close();
  }
  renameSync(other, path);
  expect(handle.forReading()?.sql.column("SELECT id FROM agent_sessions_sessions")).toEqual(["new0"]);
  handle.close();
});

it("while another process has the replaced file open, the new one is refused and stays whole", async () => {
  const live = await makeBoth();
  const child = await start();
  renameSync(other, path);
  await expect(live.list()).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining(`remove ${path}-wal and ${path}-shm`),
  });
  expect(await codeOf(live.append("new0", { content: "x" }))).toBe("STORE_IO");
  // By now it is the only one that has the old file, and takes the WAL away.
  expect(await look(child)).toMatch(/\bnew0\b/);
  await expectNew(live);
  child.send("end");
  expect(await said(child)).toBe("done");
  await expectNew(live);
});

it("what a killed process left of the replaced file is refused until it is removed", async () => {
  const live = await makeBoth();
  await kill(await start());
  // Alone again, but for a WAL that nobody else will take away.
  await expect(live.append("old0", { content: "x" })).resolves.toBeDefined();
  const child = await start();
  renameSync(other, path);
  expect(await codeOf(live.list())).toBe("STORE_IO");
  await kill(child);
  expect(await codeOf(live.list())).toBe("STORE_IO");
  rmSync(`${path}-wal`);
  expect(await codeOf(live.list())).toBe("STORE_IO");
  rmSync(`${path}-shm`);
  await expectNew(live);
});

it("the WAL of a program that opened the new file first is not taken for the old one's", async () => {
  const live = await makeBoth();
  for (const side of ["-wal", "-shm"]) rmSync(path + side);
  renameSync(other, path);
  const program = new Database(path);
  program.exec("UPDATE agent_sessions_sessions SET title = 'theirs' WHERE id = 'new0'");
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  expect((await live.head("new0")).title).toBe("theirs");
  await live.append("new1", { content: "x" });
  const titles = program.prepare("SELECT count(*) FROM agent_sessions_sessions WHERE title = 'theirs'");
  expect(titles.pluck().get()).toBe(1);
  expect(program.pragma("quick_check", { simple: true })).toBe("ok");
  program.close();
});

it("a handle that may not write refuses the new file for as long as the WAL of the old one is there", async () => {
  const live = await makeBoth();
  await live.close();
  const reader = await open({ readOnly: true });
  expect((await reader.list({ limit: 100 })).sessions).toHaveLength(12);
  renameSync(other, path);
  expect(await codeOf(reader.list())).toBe("STORE_IO");
  for (const side of ["-wal", "-shm"]) rmSync(path + side);
  await expectNew(reader);
});

it("a backup that is put in place after a handle found the file deleted gets no foreign WAL", async () => {
  const live = await makeBoth();
  const second = await open();
  await second.head("old0");
  rmSync(path);
  expect((await live.list()).sessions).toEqual([]);
  renameSync(other, path);
  expect(await codeOf(live.list())).toBe("STORE_IO");
  await second.close();
  await expectNew(live);
});

it("a journal that a program left beside a replaced file is not played back into the new one", async () => {
  const live = await open();
  await live.create({ id: "a" });
  await live.close();
  meddle(path, (database) => database.pragma("journal_mode = DELETE"));
  const idle = await open();
  expect((await idle.list()).sessions).toHaveLength(1);
  await fill(other, "new", 18);
  writeFileSync(`${path}-journal`, "a journal");
  const bytes = readFileSync(other);
  renameSync(other, path);
  await expect(idle.list()).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining(`remove ${path}-journal `),
  });
  expect(readFileSync(path).equals(bytes)).toBe(true);
  // As journal mode "persist" leaves it.
  writeFileSync(`${path}-journal`, "\0 a journal");
  await expectNew(idle);
});

it("a thread moves no WAL into a file that was put in the place of its own", async () => {
  await makeBoth();
  const file = statSync(path);
  const bytes = readFileSync(other);
  renameSync(other, path);
  await checkpointInThread(path, file);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

it("a file that is replaced while a long write is under way is not read besides it", async () => {
  await fill(path, "old", 1);
  await fill(other, "new", 1);
  const handle = makeHandle();
  const { sql } = handle.forWriting();
  sql.run("BEGIN IMMEDIATE");
  renameSync(other, path);
  for (let times = 0; times < 2; times++)
    expect(() => handle.forReadingBesides()).toThrow("was replaced while");
  sql.run("ROLLBACK");
  handle.close();
});
