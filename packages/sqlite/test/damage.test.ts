import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Finding, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, repairSqliteDatabase } from "../src/index.js";
import { codeOf, makePlace, meddle, removePlace } from "./sqlite-harness.js";

const PAGE = 4096;
const SESSIONS = 4;
const MESSAGES = 12;

let path: string;
let whole: Buffer;
/** What each session held before. */
let before: ReadonlyMap<string, readonly unknown[]>;

beforeEach(async () => {
  path = await makePlace();
  const store = await openSqliteSessionStore({ path, durability: "relaxed" });
  for (let n = 0; n < SESSIONS; n++) {
    await store.create({
      id: `s${n}`,
      title: `Title ${n}`,
      labels: ["all", `label ${n}`],
      metadata: { n },
      state: { step: n },
      messages: Array.from({ length: MESSAGES }, (_, m) => ({
        role: "user",
        content: `s${n} m${m} `.repeat(60),
      })),
    });
  }
  before = new Map((await contentsOf(store)).map(({ id, messages }) => [id, messages]));
  await store.close();
  whole = readFileSync(path);
});

afterEach(async () => {
  await removePlace(path);
});

async function contentsOf(store: SessionStore): Promise<{ id: string; messages: readonly unknown[] }[]> {
  const contents = [];
  for (let n = 0; n < SESSIONS; n++)
    contents.push({ id: `s${n}`, messages: (await store.load(`s${n}`)).messages });
  return contents;
}

async function findingsOf(store: SessionStore): Promise<Finding[]> {
  const findings = [];
  for await (const found of store.verify()) findings.push(found);
  return findings;
}

/** Whether everything reads as it was before; typed errors are an honest no. */
async function isIntact(store: SessionStore): Promise<boolean> {
  let isSame = true;
  for (const [id, messages] of before) {
    try {
      const now = (await store.load(id)).messages;
      if (JSON.stringify(now) !== JSON.stringify(messages)) isSame = false;
    } catch (error) {
      if (!SessionStoreError.is(error)) throw error;
      isSame = false;
    }
  }
  return isSame;
}

/** Damages a page: its header, or all of it. */
function damage(page: number, isWhole: boolean): void {
  const bytes = Buffer.from(whole);
  const start = (page - 1) * PAGE;
  if (isWhole) bytes.fill(0xa5, start, start + PAGE);
  else for (let at = start; at < start + 8; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

/** The pages of a tree: `leaf` for those that hold its rows, `internal` for those above. */
function pagesOf(tree: string, ...types: ("leaf" | "internal")[]): readonly number[] {
  const select =
    "SELECT pageno FROM dbstat WHERE name = ? AND pagetype IN (SELECT value FROM json_each(?)) ORDER BY pageno";
  return meddle(
    path,
    (database) => database.prepare(select).pluck().all(tree, JSON.stringify(types)) as number[],
  );
}

const entryLeaves = (): readonly number[] => pagesOf("agent_sessions_entries", "leaf");

/** Trees whose damage has different consequences: the list of tables, rows, what repeats rows, what is derived from them. */
const SAMPLED = [
  "sqlite_schema",
  "agent_sessions_store",
  "agent_sessions_sessions",
  "agent_sessions_sessions_by_id",
  "agent_sessions_entries",
  "agent_sessions_states",
  "agent_sessions_facets",
  "agent_sessions_search_data",
  "agent_sessions_search_blocks",
];

/** The second page, which says where others are used, and one page of each kind of the sampled trees. */
function sampledPages(): readonly number[] {
  const select = `SELECT min(pageno) FROM dbstat WHERE name IN (SELECT value FROM json_each(?))
    GROUP BY name, pagetype`;
  const found = meddle(
    path,
    (database) => database.prepare(select).pluck().all(JSON.stringify(SAMPLED)) as number[],
  );
  return [...new Set([2, ...found])].sort((a, b) => a - b);
}

for (const isWhole of [false, true])
  it(`whichever tree is damaged (${isWhole ? "all of a page" : "a page's header"}): it is found, or nothing is lost; and repair brings back what can be read`, {
    timeout: 120_000,
  }, async () => {
    const pages = sampledPages();
    const inner = pagesOf("agent_sessions_entries", "internal");
    const tables = pagesOf("sqlite_schema", "leaf", "internal");
    expect(pages.length).toBeGreaterThan(10);
    for (const page of pages.filter((_, n) => n % 2 === (isWhole ? 0 : 1))) {
      damage(page, isWhole);
      let store: SessionStore;
      try {
        store = await openSqliteSessionStore({ path });
      } catch (error) {
        expect(SessionStoreError.is(error)).toBe(true);
        // Without the list of tables nothing is to be had; without the one row that says the version, everything.
        if (tables.includes(page)) continue;
        expect([page, (await repairSqliteDatabase({ path })).remaining]).toEqual([page, []]);
        const opened = await openSqliteSessionStore({ path });
        expect([page, await isIntact(opened)]).toEqual([page, true]);
        await opened.close();
        continue;
      }
      const findings = await findingsOf(store);
      if (findings.length === 0) expect([page, await isIntact(store)]).toEqual([page, true]);
      if (findings.some(({ fault }) => fault === "damaged-pages")) {
        const report = await store.repair();
        expect([page, report.remaining]).toEqual([page, []]);
        expect(readFileSync(report.setAside[0] ?? "").equals(readFileSync(path))).toBe(false);
        expect(await findingsOf(store)).toEqual([]);
        const found = (await store.list({ limit: 100 })).sessions.map(({ id }) => id).sort();
        expect([page, found]).toEqual([page, [...before.keys()]]);
        for (const [id, messages] of before) {
          const all = messages.map((message) => JSON.stringify(message));
          const kept = (await store.load(id)).messages.map((message) => JSON.stringify(message));
          expect(kept.filter((message) => !all.includes(message))).toEqual([]);
          // A page of entries holds nine or ten; what hangs below an inner page is out of reach.
          if (!inner.includes(page)) expect(kept.length).toBeGreaterThanOrEqual(MESSAGES - 10);
        }
      }
      await store.close();
    }
  });

it("repair says what was lost, keeps the damaged file, and other handles go on with the new one", async () => {
  const [page = 0] = entryLeaves();
  damage(page, true);
  const store = await openSqliteSessionStore({ path });
  const report = await store.repair();
  const [kept = ""] = report.setAside;
  expect(
    readdirSync(dirname(path))
      .filter((name) => !/-(wal|shm)$/.test(name))
      .sort(),
  ).toEqual(["sessions.db", kept.slice(dirname(path).length + 1)].sort());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(report.repaired[0]?.action).toContain(kept);
  expect(report.repaired.some(({ id, action }) => id === "s0" && /lost the messages 1-\d/.test(action))).toBe(
    true,
  );
  const session = await store.load("s0");
  expect(session).toMatchObject({
    title: "Title 0",
    labels: ["all", "label 0"],
    metadata: { n: 0 },
    state: { step: 0 },
  });
  expect(session.messages.at(-1)).toEqual(before.get("s0")?.at(-1));
  expect((await store.append("s0", { content: "goes on" })).messageCount).toBe(session.messageCount + 1);
  const hits = [];
  for await (const { id } of store.search("goes on")) hits.push(id);
  expect(hits).toEqual(["s0"]);
  await store.close();
});

it("repair of a damaged database that somebody else has open rejects STORE_IO and changes nothing", async () => {
  damage(entryLeaves()[0] ?? 0, true);
  const [store, other] = [
    await openSqliteSessionStore({ path, lockTimeoutMs: 50 }),
    await openSqliteSessionStore({ path }),
  ];
  await other.head("s3");
  const names = readdirSync(dirname(path));
  expect(await codeOf(store.repair())).toBe("STORE_IO");
  expect(readdirSync(dirname(path))).toEqual(names);
  await other.close();
  expect((await store.repair()).remaining).toEqual([]);
  await store.close();
});

it("a file that was cut short rejects STORE_IO, and repairSqliteDatabase brings back what is left of it", async () => {
  truncateSync(path, whole.length - 4 * PAGE);
  const refused = openSqliteSessionStore({ path });
  await expect(refused).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining("repair"),
  });
  const report = await repairSqliteDatabase({ path });
  expect(report.remaining).toEqual([]);
  const store = await openSqliteSessionStore({ path });
  expect((await store.list()).sessions).toHaveLength(SESSIONS);
  expect(await findingsOf(store)).toEqual([]);
  await store.close();
});

it("repairSqliteDatabase refuses a file that is no store, and leaves a sound one as it is", async () => {
  expect((await repairSqliteDatabase({ path })).repaired).toEqual([]);
  expect(readFileSync(path).equals(whole)).toBe(true);
  const other = `${path}.txt`;
  writeFileSync(other, "Dear diary, this is no database.\n".repeat(100));
  expect(await codeOf(repairSqliteDatabase({ path: other }))).toBe("STORE_INCOMPATIBLE");
  copyFileSync(path, other);
  expect(await codeOf(repairSqliteDatabase({ path: `${path}.missing` }))).toBe("STORE_IO");
});
