import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { backUpDatabase } from "../src/back-up-database.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { ended, startChild } from "./child-process.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let target: string;

beforeEach(async () => {
  path = await makePlace();
  target = join(dirname(dirname(path)), "backups", "copy.db");
});

afterEach(async () => {
  await removePlace(path);
});

it("a backup is private, complete and alone in its folder, and opens as a store", async () => {
  const umask = process.umask(0);
  const store = await openSqliteSessionStore({ path });
  try {
    await store.create({ id: "a", title: "T", messages: [{ content: "hello" }] });
    await store.backup(target);
  } finally {
    process.umask(umask);
  }
  expect(readdirSync(dirname(target))).toEqual(["copy.db"]);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(target)).mode & 0o777).toBe(0o700);
  const copy = await openSqliteSessionStore({ path: target });
  expect(await copy.load("a")).toEqual(await store.load("a"));
  const findings = [];
  for await (const found of copy.verify()) findings.push(found);
  expect(findings).toEqual([]);
  await copy.close();
  await store.close();
});

it("what is written while a backup runs, through this handle or another, does not make it begin again", async () => {
  const [store, other] = [
    await openSqliteSessionStore({ path, durability: "relaxed" }),
    await openSqliteSessionStore({ path, durability: "relaxed" }),
  ];
  await store.create({
    id: "a",
    messages: Array.from({ length: 400 }, () => ({ content: "x".repeat(5000) })),
  });
  let isDone = false;
  const backup = store.backup(target).then(() => {
    isDone = true;
  });
  let written = 0;
  while (!isDone && written < 5000) {
    await (written++ % 2 === 0 ? store : other).append("a", { content: `during ${written}` });
  }
  await backup;
  expect(written).toBeLessThan(5000);
  const copy = await openSqliteSessionStore({ path: target });
  const { messages, messageCount } = await copy.load("a");
  expect(messages).toHaveLength(messageCount);
  expect(messageCount).toBeGreaterThanOrEqual(400);
  for (const opened of [copy, store, other]) await opened.close();
});

it("a target that exists is refused and left as it is, a link and what a database left there included", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  mkdirSync(dirname(target), { recursive: true });
  // A WAL of a database that is gone would be taken for the copy's own.
  for (const taken of ["copy.db", "copy.db-wal", "copy.db-journal"]) {
    const there = join(dirname(target), taken);
    writeFileSync(there, "precious");
    const refusal = { code: "INVALID_OPTIONS", path: "target" };
    await expect(store.backup(target)).rejects.toMatchObject(refusal);
    expect(statSync(there).size).toBe(8);
    expect(readdirSync(dirname(target))).toEqual([taken]);
    rmSync(there);
  }
  symlinkSync(join(dirname(target), "nowhere"), target);
  await expect(store.backup(target)).rejects.toMatchObject({ code: "INVALID_OPTIONS", path: "target" });
  expect(readdirSync(dirname(target))).toEqual(["copy.db"]);
  await store.close();
});

it("a store that was never written to has an empty backup, and stays without a file", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.backup(target);
  expect(existsSync(path)).toBe(false);
  const copy = await openSqliteSessionStore({ path: target });
  expect((await copy.list()).sessions).toEqual([]);
  await copy.create({ id: "a" });
  await copy.close();
  await store.close();
});

// It stayed for ever, and was as large as the store.
it("what a killed backup leaves goes with the next one to that place, and with a repair of what stands there", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a" });
  const kill = async (): Promise<string> => {
    const child = await startChild({ name: "backup", target }, { path });
    child.send("go");
    await ended(child);
    const [left = "", ...others] = readdirSync(dirname(target));
    expect(others).toEqual([]);
    expect(readdirSync(join(dirname(target), left)).sort()).toEqual(["copy", "lock"]);
    return join(dirname(target), left);
  };
  await kill();
  await store.backup(target);
  expect(readdirSync(dirname(target))).toEqual(["copy.db"]);
  rmSync(target);
  const there = await kill();
  const left = join(dirname(path), basename(there).replace(basename(target), basename(path)));
  renameSync(there, left);
  expect((await store.repair()).repaired).toEqual([
    { namespace: "", id: null, action: `removed ${left}, which a stopped writer had left` },
  ]);
  expect(existsSync(left)).toBe(false);
  await store.close();
});

it("a backup leaves alone what another one to the same place is making, and a folder of somebody else's", async () => {
  const source = new (loadDriver())(":memory:");
  const others = ["copy.db.tmp-1", `copy.db.tmp-${randomUUID()}`];
  for (const other of others) mkdirSync(join(dirname(target), other, "notes"), { recursive: true });
  const backup = source.backup.bind(source);
  source.backup = async (place, ...rest) => {
    source.backup = backup;
    await backUpDatabase(source, target, "shared");
    rmSync(target);
    return await backup(place, ...rest);
  };
  await backUpDatabase(source, target, "shared");
  expect(readdirSync(dirname(target)).sort()).toEqual(["copy.db", ...others].sort());
  source.close();
});

it("memory and a database that the caller opened are backed up too", async () => {
  const database = new Database(":memory:");
  const stores = [
    await openSqliteSessionStore({ path: ":memory:" }),
    await openSqliteSessionStore({ database }),
  ];
  for (const [index, store] of stores.entries()) {
    await store.create({ id: "a", messages: [{ content: "hello" }] });
    await store.backup(`${target}.${index}`);
    const copy = await openSqliteSessionStore({ path: `${target}.${index}` });
    expect(await copy.load("a")).toEqual(await store.load("a"));
    await copy.close();
    await store.close();
  }
  database.close();
});
