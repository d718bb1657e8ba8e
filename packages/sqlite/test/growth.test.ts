import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, storageFigures } from "../src/index.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

const MIB = 1024 * 1024;
/** To what the WAL is cut when it begins anew, and from where on a COMMIT itself moves it into the database. */
const [IDLE_WAL, MAX_WAL] = [16 * MIB, 64 * MIB];

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

const walSize = (): number => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
const big = (n: number): { content: string } => ({ content: `${n} `.repeat(100_000) });

it("the file shrinks after a large delete, search index and all", async () => {
  const store = await openSqliteSessionStore({ path, durability: "relaxed" });
  await store.create({ id: "kept", messages: [{ content: "kept" }] });
  const messages = Array.from({ length: 1000 }, (_, n) => ({
    content: `message ${n}: ${Math.sin(n).toString(36).repeat(20)} ${"x".repeat(2000)}`,
  }));
  await store.create({ id: "large", messages });
  await store.close();
  const before = statSync(path).size;
  const again = await openSqliteSessionStore({ path, durability: "relaxed" });
  await again.delete("large");
  await expect
    .poll(async () => Math.max(...(({ free, index }) => [free, index])((await storageFigures(path)).bytes)), {
      timeout: 20_000,
      interval: 200,
    })
    .toBeLessThanOrEqual(MIB);
  await again.close();
  const { bytes, messages: count } = await storageFigures(path);
  expect(count).toBe(1);
  expect(before).toBeGreaterThan(4 * MIB);
  expect(statSync(path).size).toBeLessThan(before / 2);
  expect(bytes.free).toBeLessThanOrEqual(MIB);
});

it("a long read of ours does not let the WAL grow: it holds nothing open", async () => {
  const store = await openSqliteSessionStore({ path, durability: "relaxed", search: false });
  await store.create({ id: "read", messages: Array.from({ length: 20 }, (_, n) => big(n)) });
  const reading = store.messages("read")[Symbol.asyncIterator]();
  await reading.next();
  await store.create({ id: "written" });
  let highest = 0;
  for (let n = 0; n < 600; n++) {
    await store.append("written", big(n));
    highest = Math.max(highest, walSize());
  }
  // A commit leaves the WAL to the thread while that is at work, so it may pass its bound, but never grows with all that is written: over 200 MiB.
  expect(highest).toBeLessThan(2 * MAX_WAL);
  let read = 1;
  while ((await reading.next()).done !== true) read++;
  expect(read).toBe(20);
  await store.close();
  expect(walSize()).toBe(0);
});

it("behind somebody else's long read the WAL grows, and is short again after it", async () => {
  const store = await openSqliteSessionStore({ path, durability: "relaxed", search: false });
  await store.create({ id: "a" });
  const other = new Database(path);
  other.exec("BEGIN");
  other.prepare("SELECT count(*) FROM agent_sessions_sessions").get();
  for (let n = 0; n < 150; n++) await store.append("a", big(n));
  expect(walSize()).toBeGreaterThan(IDLE_WAL);
  other.exec("COMMIT");
  other.close();
  await expect
    .poll(
      async () => {
        for (let n = 0; n < 40; n++) await store.append("a", { content: "small" });
        return walSize();
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBeLessThanOrEqual(IDLE_WAL);
  await store.close();
});

it("closing after a bulk load merges the runs that it left in the search index", async () => {
  const store = await openSqliteSessionStore({ path, durability: "relaxed" });
  const words = (seed: number): string =>
    Array.from({ length: 40 }, (_, word) => ((seed * 7919 + word * 1_299_709) % 36 ** 4).toString(36)).join(
      " ",
    );
  const messages = (session: number) =>
    Array.from({ length: 5 }, (_, n) => ({ content: words(session * 5 + n) }));
  await Promise.all(
    Array.from({ length: 400 }, (_, session) => store.create({ messages: messages(session) })),
  );
  await store.close();
  const database = new Database(path, { readonly: true });
  const runs = database.prepare("SELECT count(DISTINCT segid) FROM agent_sessions_search_idx").pluck().get();
  database.close();
  expect(runs).toBeLessThan(40);
});
