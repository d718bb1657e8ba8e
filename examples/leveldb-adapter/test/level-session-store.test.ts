import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type SessionStore } from "@agent-sessions/core";
import { isImpossible } from "@agent-sessions/core/contract";
import { expect, it, onTestFinished } from "vitest";
import { harness } from "../src/harness.js";
import { openLevelSessionStore, registerLevelBackend } from "../src/index.js";

const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

async function newPath(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "leveldb-adapter-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return path.join(folder, "sessions");
}

async function openAt(place: string): Promise<SessionStore> {
  const store = await openLevelSessionStore({ path: place });
  onTestFinished(async () => await store.close());
  return store;
}

function startWriter(...args: readonly string[]): ChildProcess {
  const writer = spawn(process.execPath, [WRITER, ...args], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  onTestFinished(() => void writer.kill("SIGKILL"));
  return writer;
}

async function expectHealthy(store: SessionStore): Promise<void> {
  for await (const finding of store.verify()) throw new Error(finding.message);
}

it("keeps every acknowledged append of a process that is killed", async () => {
  const place = await newPath();
  let acknowledged = 0;
  for (let round = 1; round <= 5; round++) {
    const writer = startWriter(place);
    const enough = acknowledged + 7 * round;
    writer.on("message", (count: number) => {
      acknowledged = count;
      if (count >= enough) writer.kill("SIGKILL");
    });
    await once(writer, "close");
    const store = await openLevelSessionStore({ path: place });
    const { messages } = await store.load("a");
    // The one that was under way may have arrived as well.
    expect([acknowledged, acknowledged + 1]).toContain(messages.length);
    await expectHealthy(store);
    await store.close();
    acknowledged = messages.length;
  }
});

it("rejects STORE_IO while another process has the folder open, and works when that one is gone", async () => {
  const place = await newPath();
  const writer = startWriter(place);
  await once(writer, "message");
  const store = await openAt(place);
  await expect(store.load("a")).rejects.toMatchObject({ code: "STORE_IO" });
  writer.kill("SIGKILL");
  await once(writer, "close");
  expect((await store.load("a")).messages.length).toBeGreaterThan(0);
});

// LevelDB itself goes on behind the record that a full disk cut short, and forgets what it put there when it is next opened.
it.skipIf(spawnSync("prlimit", ["--version"]).status !== 0)(
  "keeps what was acknowledged after a disk was full for a while (needs prlimit, of util-linux)",
  async () => {
    const place = await newPath();
    const writer = startWriter(place, "400000");
    let acknowledged = 0;
    let failures: readonly string[] = [];
    writer.on("message", (said: number | { failures: readonly string[] }) => {
      if (typeof said === "number") acknowledged = said;
      else failures = said.failures;
    });
    const [exitCode] = await once(writer, "close");
    expect([exitCode, failures]).toEqual([0, ["STORE_IO", "STORE_IO"]]);
    const store = await openAt(place);
    expect((await store.load("a")).messages.length).toBe(acknowledged);
    await expectHealthy(store);
  },
);

it("sweeps what a killed restore left with the first write of the next process", async () => {
  const place = await newPath();
  const { plantStrays, snapshot } = harness.hooks;
  if (isImpossible(plantStrays) || isImpossible(snapshot)) throw new Error("the harness has both");
  const before = await openLevelSessionStore({ path: place });
  await before.create({ id: "a" });
  await before.close();
  await plantStrays(place);
  expect(Object.keys(await snapshot(place))).toEqual(["discarded\0stray", "database"]);
  const after = await openLevelSessionStore({ path: place });
  await after.append("a", { content: "x" });
  await after.close();
  expect(Object.keys(await snapshot(place))).toEqual(["database"]);
});

it("serves level: URLs once it is registered, and refuses a second path", async () => {
  registerLevelBackend();
  const place = await newPath();
  const store = await openStore(`level:${place}`);
  expect([store.backend, store.location]).toEqual(["level", place]);
  await store.close();
  await expect(openStore(`level:${place}`, { path: place })).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
  });
  await expect(openStore("level:")).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
});
