import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, storageFigures } from "../src/index.js";
import { makePlace, removePlace, sqliteHarness } from "./sqlite-harness.js";

const { makeReadOnly } = sqliteHarness("read-only").hooks;
const reason = typeof makeReadOnly === "function" ? "" : ` (skipped: ${makeReadOnly.impossible})`;

let path: string;
let makeWritable: () => Promise<unknown>;

beforeEach(async () => {
  path = await makePlace();
  makeWritable = () => Promise.resolve();
});

afterEach(async () => {
  await makeWritable();
  await removePlace(path);
});

async function lock(): Promise<void> {
  if (typeof makeReadOnly === "function") makeWritable = await makeReadOnly(path);
}

// SQLite cannot open such a file where it lies, and the copy in memory that is read instead was not what the backup began from.
it.skipIf(reason !== "")(`a backup is made from read-only media too${reason}`, async () => {
  const writer = await openSqliteSessionStore({ path });
  await writer.create({ id: "a", messages: [{ content: "hello" }] });
  await writer.close();
  await lock();
  const store = await openSqliteSessionStore({ path });
  const target = join(dirname(dirname(path)), "copy.db");
  await store.backup(target);
  const copy = await openSqliteSessionStore({ path: target });
  expect(await copy.load("a")).toEqual(await store.load("a"));
  await copy.append("a", { content: "on" });
  await copy.close();
  await store.close();
});

// List and verify read it, and stats said that it attempted to write.
it.skipIf(reason !== "")(`figures are counted on read-only media too${reason}`, async () => {
  const writer = await openSqliteSessionStore({ path });
  await writer.create({ id: "a", messages: [{ content: "hello" }] });
  await writer.close();
  const figures = await storageFigures(path);
  await lock();
  expect(await storageFigures(path)).toEqual(figures);
});

// Half of a transaction lies in the file, and what it replaced in the journal: read without it, the file is a mixture.
it.skipIf(reason !== "")(`a journal that has to be rolled back is not passed over${reason}`, async () => {
  const there = join(dirname(dirname(path)), "there.db");
  const writer = await openSqliteSessionStore({ path: there, journalMode: "delete" });
  await writer.create({ id: "a", messages: Array.from({ length: 50 }, () => ({ content: "before" })) });
  await writer.close();
  const other = new Database(there);
  other.pragma("cache_size = 1");
  other.exec("BEGIN; UPDATE agent_sessions_entries SET message = hex(zeroblob(2000))");
  mkdirSync(dirname(path));
  for (const side of ["", "-journal"]) copyFileSync(there + side, path + side);
  other.close();
  await lock();
  await expect(openSqliteSessionStore({ path })).rejects.toMatchObject({
    code: "STORE_IO",
    cause: { code: "SQLITE_READONLY_ROLLBACK" },
  });
  await makeWritable();
  makeWritable = () => Promise.resolve();
  const store = await openSqliteSessionStore({ path });
  expect((await store.load("a")).messages[7]).toEqual({ content: "before" });
  await store.close();
});
