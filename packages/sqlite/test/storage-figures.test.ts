import { existsSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, storageFigures } from "../src/index.js";
import { codeOf, makePlace, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

it("figures count sessions and messages of all namespaces, and every byte of the file once", async () => {
  const store = await openSqliteSessionStore({ path, durability: "relaxed" });
  const messages = Array.from({ length: 50 }, (_, n) => ({
    role: "user",
    content: `message ${n} `.repeat(100),
  }));
  await store.create({ id: "a", labels: ["x"], messages });
  await store.inNamespace("n").create({ id: "a", messages });
  const open = await storageFigures(path);
  expect(open).toMatchObject({ sessions: 2, messages: 100 });
  expect(open.bytes.wal).toBe(statSync(`${path}-wal`).size);
  await store.close();
  const { bytes } = await storageFigures(path);
  expect(bytes.wal).toBe(0);
  expect(Object.values(bytes).reduce((sum, size) => sum + size)).toBe(statSync(path).size);
  expect(bytes.data).toBeGreaterThan(100 * 1000);
  expect(bytes.index).toBeGreaterThan(20_000);
  expect(bytes.setAside).toBe(4096);
});

it("figures of a store without a search index have a smaller index", async () => {
  const sizes = [];
  for (const [name, search] of [
    ["with", true],
    ["without", false],
  ] as const) {
    const store = await openSqliteSessionStore({ path: `${path}.${name}`, search });
    await store.create({
      messages: Array.from({ length: 50 }, (_, n) => ({ content: `message ${n} `.repeat(100) })),
    });
    await store.close();
    sizes.push((await storageFigures(`${path}.${name}`)).bytes.index);
  }
  expect(sizes[0]).toBeGreaterThan(sizes[1] ?? 0);
});

it("what is not there has zeros and is not made, and what is no store is refused", async () => {
  expect(await storageFigures(path)).toMatchObject({ sessions: 0, bytes: { data: 0, free: 0 } });
  expect(existsSync(path)).toBe(false);
  const store = await openSqliteSessionStore({ path });
  await store.create();
  await store.close();
  writeFileSync(`${path}.txt`, "no database, but long enough to be looked at ".repeat(50));
  expect(await codeOf(storageFigures(`${path}.txt`))).toBe("STORE_INCOMPATIBLE");
});
