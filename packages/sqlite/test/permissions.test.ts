import { chmodSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

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
  const umask = process.umask(0o277);
  const store = await openSqliteSessionStore({ path });
  try {
    await store.create({ id: "a" });
    await store.backup(`${path}.copy`);
    for (const file of [path, `${path}.copy`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    // As another user than root, nothing could be made in it otherwise.
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
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
