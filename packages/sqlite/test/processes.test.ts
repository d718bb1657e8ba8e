import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { kill, said, startChild } from "./child-process.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;
let children: ChildProcess[];

beforeEach(async () => {
  path = await makePlace();
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await removePlace(path);
});

/** Starts a process that waits for its "go". */
async function start(
  job: { name: string; [input: string]: unknown },
  options: object = {},
): Promise<ChildProcess> {
  const child = await startChild(job, { path, ...options });
  children.push(child);
  return child;
}

/** Lets processes go at the same moment and returns what each says in the end. */
async function race(racers: readonly ChildProcess[]): Promise<unknown[]> {
  const ends = racers.map(said);
  for (const racer of racers) racer.send("go");
  return await Promise.all(ends);
}

for (const journalMode of ["wal", "delete"] as const) {
  it(`8 processes that make the database at once (${journalMode}) all succeed, and it is made once`, async () => {
    for (let round = 0; round < 3; round++) {
      await removePlace(path);
      path = await makePlace();
      const ids = Array.from({ length: 8 }, (_, index) => `s${index}`);
      const racers = await Promise.all(ids.map((id) => start({ name: "create", id }, { journalMode })));
      expect(await race(racers)).toEqual(ids.map(() => "done"));
      const store = await openSqliteSessionStore({ path });
      expect((await store.list({ orderBy: "id" })).sessions.map(({ id }) => id)).toEqual(ids);
      const findings = [];
      for await (const found of store.verify()) findings.push(found);
      expect(findings).toEqual([]);
      await store.close();
      expect(meddle(path, (database) => database.pragma("auto_vacuum", { simple: true }))).toBe(2);
      expect(readdirSync(dirname(path)).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(["sessions.db"]);
    }
  });
}

for (const [journalMode, processes, times] of [
  ["wal", 8, 200],
  ["delete", 4, 40],
] as const) {
  it(`${processes} processes append ${times} messages each (${journalMode}), half to one session and half to their own: nothing lost, doubled or out of order`, async () => {
    const store = await openSqliteSessionStore({ path, journalMode });
    const names = Array.from({ length: processes }, (_, n) => `p${n}`);
    await store.create({ id: "shared" });
    for (const name of names) await store.create({ id: name });
    const jobs = names.map((who) => ({ name: "append", ids: ["shared", who], who, times }));
    const racers = await Promise.all(jobs.map((job) => start(job)));
    expect(await race(racers)).toEqual(names.map(() => "done"));
    const textsOf = async (id: string): Promise<string[]> =>
      (await store.load(id)).messages.map(({ content }) => String(content));
    const shared = await textsOf("shared");
    expect(shared).toHaveLength((times / 2) * names.length);
    for (const name of names) {
      const all = Array.from({ length: times }, (_, n) => `${name} ${n}`);
      expect(shared.filter((text) => text.startsWith(`${name} `))).toEqual(all.filter((_, n) => n % 2 === 0));
      expect(await textsOf(name)).toEqual(all.filter((_, n) => n % 2 === 1));
    }
    const findings = [];
    for await (const found of store.verify()) findings.push(found);
    expect(findings).toEqual([]);
    await store.close();
  });
}

// The folder of the lock files comes and goes with them; making it failed when another process removed it at the same moment.
it("6 processes that take one lock by turns all get it, each time", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a", state: { n: 0 } });
  const times = 40;
  const racers = await Promise.all(Array.from({ length: 6 }, () => start({ name: "count", id: "a", times })));
  expect(await race(racers)).toEqual(racers.map(() => "done"));
  expect((await store.head("a")).state).toEqual({ n: times * racers.length });
  expect(existsSync(`${path}-locks`)).toBe(false);
  await store.close();
});

it("a lock holder that is killed frees the lock at once, row and file", async () => {
  const store = await openSqliteSessionStore({ path, lockTimeoutMs: 0 });
  await store.create({ id: "a" });
  const holder = await start({ name: "hold", id: "a" });
  const held = said(holder);
  holder.send("go");
  expect(await held).toBe("held");
  await expect(store.append("a", { content: "x" })).rejects.toMatchObject({ code: "SESSION_LOCKED" });
  await expect(store.withLock("a", async () => undefined)).rejects.toMatchObject({ code: "SESSION_LOCKED" });
  await kill(holder);
  await store.append("a", { content: "y" });
  await store.withLock("a", async (session) => void (await session.append({ content: "z" })));
  expect((await store.head("a")).messageCount).toBe(2);
  expect(
    meddle(path, (database) => database.prepare("SELECT count(*) FROM agent_sessions_locks").pluck().get()),
  ).toBe(0);
  expect(existsSync(`${path}-locks`)).toBe(false);
  await store.close();
});

it("what a restore staged is invisible; when its process is killed, the next writer sweeps it", async () => {
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "source" });
  const stager = await start({ name: "stage", id: "half" });
  const held = said(stager);
  stager.send("go");
  expect(await held).toBe("held");
  const leftovers = (): unknown =>
    meddle(path, (database) => [
      database.prepare("SELECT count(*) FROM agent_sessions_leftovers").pluck().get(),
      Number(database.prepare("SELECT count(*) FROM agent_sessions_entries").pluck().get()) > 0,
    ]);
  expect((await store.list()).sessions.map(({ id }) => id)).toEqual(["source"]);
  const hits = [];
  for await (const hit of store.search("staged")) hits.push(hit);
  expect(hits).toEqual([]);
  const findings = [];
  for await (const found of store.verify()) findings.push(found);
  expect(findings).toEqual([]);
  // A live writer's entries are nobody's to sweep.
  await store.create({ id: "b" });
  await store.delete("b");
  await store.close();
  expect(leftovers()).toEqual([1, true]);
  await kill(stager);
  const next = await openSqliteSessionStore({ path });
  await next.update("source", { title: "T" });
  for (let turns = 0; turns < 10_000 && JSON.stringify(leftovers()) !== "[0,false]"; turns++) {
    await new Promise((resume) => setImmediate(resume));
  }
  expect(leftovers()).toEqual([0, false]);
  await next.close();
  expect(readdirSync(dirname(path))).toEqual(["sessions.db"]);
});

// The thread took the program's own options over, and its text was then no script any more.
it("a program that node is given as a text can verify its store", () => {
  const script = `
    import { openSqliteSessionStore } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
    const store = await openSqliteSessionStore({ path: ${JSON.stringify(path)} });
    await store.create({ id: "a" });
    const findings = [];
    for await (const found of store.verify()) findings.push(found);
    console.log(findings.length);
    await store.close();`;
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(said).toBe("0\n");
});
