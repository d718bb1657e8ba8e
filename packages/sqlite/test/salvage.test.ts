import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore, repairSqliteDatabase } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

const PAGE = 4096;
const HEADER = 100;
/** Where a database's header has these numbers. */
const USER_VERSION = 60;
const APPLICATION_ID = 68;

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

async function fill(settings: { journalMode?: "wal" | "delete"; search?: boolean } = {}): Promise<void> {
  const store = await openSqliteSessionStore({ path, durability: "relaxed", ...settings });
  for (const id of ["a", "b"]) {
    await store.create({
      id,
      title: `Title of ${id}`,
      messages: Array.from({ length: 12 }, (_, n) => ({ content: `${id} ${n} `.repeat(100) })),
    });
  }
  await store.close();
}

/** Fills the first page of each of these trees with rubbish. */
function damage(...trees: readonly string[]): void {
  const select = "SELECT min(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'";
  const pages = meddle(path, (database) =>
    trees.map((tree) => database.prepare(select).pluck().get(tree) as number),
  );
  const bytes = readFileSync(path);
  for (const page of pages) {
    // The first page begins with the header of the file.
    bytes.fill(0xa5, page === 1 ? HEADER : (page - 1) * PAGE, page * PAGE);
  }
  writeFileSync(path, bytes);
}

function setHeader(at: number, value: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(value, at);
  writeFileSync(path, bytes);
}

const contents = (): Buffer => readFileSync(path);
const files = (): string[] => readdirSync(dirname(path)).sort();

it("a database without WAL stays one when it is salvaged", async () => {
  await fill({ journalMode: "delete" });
  damage("agent_sessions_entries");
  const report = await repairSqliteDatabase({ path });
  expect(report.remaining).toEqual([]);
  expect(report.repaired.some(({ action }) => action.startsWith("lost the messages"))).toBe(true);
  expect(meddle(path, (database) => database.pragma("journal_mode", { simple: true }))).toBe("delete");
});

it("a store without a search index gets none when it is salvaged", async () => {
  await fill({ search: false });
  damage("agent_sessions_entries");
  expect((await repairSqliteDatabase({ path })).remaining).toEqual([]);
  const find = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'agent_sessions_search%'";
  expect(meddle(path, (database) => database.prepare(find).pluck().get())).toBe(0);
});

it("a session whose row and transcript number are both gone is reported as lost", async () => {
  await fill();
  damage("agent_sessions_sessions", "agent_sessions_sessions_by_transcript");
  const report = await repairSqliteDatabase({ path });
  expect(report.remaining).toEqual([]);
  const lost = report.repaired.filter(({ action }) => action.startsWith("lost a session, row "));
  expect(lost.map(({ id }) => id)).toEqual([null, null]);
  const store = await openSqliteSessionStore({ path });
  expect((await store.list()).sessions).toEqual([]);
  await store.close();
});

it("a session whose row alone is gone is built anew from the indexes, with its messages", async () => {
  await fill();
  damage("agent_sessions_sessions");
  const report = await repairSqliteDatabase({ path });
  expect(report.remaining).toEqual([]);
  const heads = report.repaired.filter(({ action }) => action.startsWith("lost its head"));
  expect(heads.map(({ id }) => id).sort()).toEqual(["a", "b"]);
  const store = await openSqliteSessionStore({ path });
  expect(await store.load("b")).toMatchObject({ title: "Title of b", messageCount: 12, labels: [] });
  await store.close();
});

it("a message that is no JSON is set aside from what was salvaged", async () => {
  await fill();
  meddle(path, (database) =>
    database.exec(`UPDATE agent_sessions_entries SET message = '{"content":' WHERE pk = (
      SELECT transcript << 32 | 12 FROM agent_sessions_sessions WHERE id = 'b')`),
  );
  damage("agent_sessions_facets_by_session", "agent_sessions_store");
  const report = await repairSqliteDatabase({ path });
  expect(report.remaining).toEqual([]);
  expect(report.setAside).toHaveLength(2);
  const store = await openSqliteSessionStore({ path });
  expect((await store.head("b")).messageCount).toBe(11);
  expect((await store.head("a")).messageCount).toBe(12);
  await store.close();
});

it("a damaged database of a newer version keeps what it holds", async () => {
  await fill();
  damage("agent_sessions_store");
  setHeader(USER_VERSION, 2001);
  const before = contents();
  await expect(repairSqliteDatabase({ path })).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining("Update @agent-sessions/sqlite"),
  });
  expect(contents().equals(before)).toBe(true);
  expect(files()).toEqual(["sessions.db"]);
});

for (const isMarked of [true, false]) {
  it(`a file whose list of tables is gone keeps what it holds${isMarked ? "" : ", without our mark too"}`, async () => {
    await fill();
    damage("sqlite_schema");
    if (!isMarked) setHeader(APPLICATION_ID, 0);
    const bytes = readFileSync(path);
    // The list may have grown beyond the first page: what says where to go on is gone too.
    writeFileSync(path, bytes.fill(0xa5, HEADER, PAGE));
    const before = contents();
    await expect(repairSqliteDatabase({ path })).rejects.toMatchObject({
      code: "STORE_IO",
      message: expect.stringContaining("too damaged to be salvaged"),
    });
    expect(contents().equals(before)).toBe(true);
    expect(files()).toEqual(["sessions.db"]);
  });
}
