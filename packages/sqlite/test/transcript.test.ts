import type { SessionStore } from "@agent-sessions/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;
let store: SessionStore;

beforeEach(async () => {
  path = await makePlace();
  store = await openSqliteSessionStore({ path, durability: "relaxed" });
});

afterEach(async () => {
  await store.close();
  await removePlace(path);
});

const numbered = (from: number, to: number): { content: string }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ content: `m${from + index}` }));

async function count(sql: string): Promise<unknown> {
  return meddle(path, (database) => database.prepare(sql).pluck().get());
}

it("a long transcript is read in pages, both ways, and every page is checked", async () => {
  await store.create({ id: "a", messages: numbered(1, 5000) });
  for (const order of ["asc", "desc"] as const) {
    const seqs: number[] = [];
    for await (const { seq } of store.messages("a", { order })) seqs.push(seq);
    expect(seqs).toEqual(
      order === "asc" ? numbered(1, 5000).map((_, n) => n + 1) : numbered(1, 5000).map((_, n) => 5000 - n),
    );
  }
  for (const [change, code] of [
    [() => store.truncate("a", 4999), "SESSION_CONFLICT"],
    [() => store.save("a", { messages: numbered(1, 5000) }), "SESSION_CONFLICT"],
    [() => store.delete("a"), "SESSION_NOT_FOUND"],
  ] as const) {
    const iterator = store.messages("a")[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    await change();
    const rest = async (): Promise<void> => {
      while ((await iterator.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ code });
  }
});

it("a session that is deleted and made again is another one to a reader under way", async () => {
  await store.create({ id: "a", messages: numbered(1, 3000) });
  const iterator = store.messages("a")[Symbol.asyncIterator]();
  await iterator.next();
  await store.delete("a");
  await store.create({ id: "a", messages: numbered(1, 3000) });
  const rest = async (): Promise<void> => {
    while ((await iterator.next()).done !== true);
  };
  await expect(rest()).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
});

it("messages of megabytes come a few at a time, and exactly", async () => {
  const texts = Array.from({ length: 6 }, (_, index) => String(index).repeat(900_000));
  await store.create({ id: "a", messages: texts.map((content) => ({ content })) });
  expect((await store.load("a")).messages.map(({ content }) => content)).toEqual(texts);
});

it("a damaged entry names its place and leaves the ones before it readable", async () => {
  await store.create({ id: "a", messages: numbered(1, 3000) });
  meddle(path, (database) =>
    database.exec("UPDATE agent_sessions_entries SET message = '{' WHERE pk & 4294967295 = 2500"),
  );
  await expect(store.load("a")).rejects.toMatchObject({
    code: "SESSION_CORRUPTED",
    position: expect.stringContaining("entry 2500"),
  });
  const first = [];
  for await (const { seq } of store.messages("a", { limit: 2000 })) first.push(seq);
  expect(first).toHaveLength(2000);
  meddle(path, (database) =>
    database.exec("DELETE FROM agent_sessions_entries WHERE pk & 4294967295 = 2500"),
  );
  await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
});

it("deleting and replacing long transcripts gives their space back", async () => {
  const bulk = Array.from({ length: 1500 }, (_, n) => ({ content: `${n} ${"x".repeat(2000)}` }));
  await store.create({ id: "a", messages: bulk });
  await store.create({ id: "b", messages: bulk });
  await store.create({ id: "c", messages: bulk });
  const before = Number(await count("SELECT page_count FROM pragma_page_count"));
  await store.delete("a");
  await store.save("b", { messages: [] });
  const { head } = { head: { ...(await store.head("c")), messageCount: 0 } };
  await store.restore({ head, entries: [] });
  expect((await store.list()).sessions.map(({ messageCount }) => messageCount)).toEqual([0, 0]);
  for (let turns = 0; turns < 100_000; turns++) {
    await new Promise((resume) => setImmediate(resume));
    if (turns % 200 === 0 && Number(await count("SELECT page_count FROM pragma_page_count")) < before / 3)
      break;
  }
  expect(await count("SELECT count(*) FROM agent_sessions_entries")).toBe(0);
  expect(await count("SELECT count(*) FROM agent_sessions_leftovers")).toBe(0);
  expect(await count("SELECT count(*) FROM agent_sessions_search_docsize")).toBe(0);
  expect(Number(await count("SELECT page_count FROM pragma_page_count"))).toBeLessThan(before / 3);
});

it("operations are remembered for the last 100 appends and not for ever", async () => {
  await store.create({ id: "a" });
  for (let n = 0; n < 300; n++) {
    await store.append("a", { content: `m${n}` }, { operationId: `op${n}` });
    // Revisions between two operations must not keep old ones alive.
    await store.update("a", { title: `T${n}` });
  }
  for (let n = 200; n < 300; n++) await store.append("a", { content: `m${n}` }, { operationId: `op${n}` });
  expect((await store.head("a")).messageCount).toBe(300);
  expect(Number(await count("SELECT count(*) FROM agent_sessions_operations"))).toBeLessThan(140);
  await store.save("a", { messages: [] });
  expect((await store.append("a", { content: "m299" }, { operationId: "op299" })).messageCount).toBe(0);
});

it("a restore in many batches replaces a session at once, and a failing one leaves it as it was", async () => {
  await store.create({ id: "a", title: "old", messages: numbered(1, 10) });
  const head = { ...(await store.head("a")), title: "new", messageCount: 3000 };
  async function* entries(
    failAt: number,
  ): AsyncGenerator<{ seq: number; at: string; message: { content: string } }> {
    for (let seq = 1; seq <= 3000; seq++) {
      if (seq === failAt) throw new RangeError("mine");
      if (seq === 2000) expect((await store.load("a")).messages).toHaveLength(failAt === 0 ? 10 : 10);
      yield { seq, at: head.createdAt, message: { content: `r${seq}` } };
    }
  }
  await expect(store.restore({ head, entries: entries(2500) })).rejects.toThrow(RangeError);
  expect(await store.head("a")).toMatchObject({ title: "old", messageCount: 10 });
  await store.restore({ head, entries: entries(0) });
  const session = await store.load("a");
  expect(session.title).toBe("new");
  expect(session.messages).toHaveLength(3000);
  const hits = [];
  for await (const { seq } of store.search("r2999")) hits.push(seq);
  expect(hits).toEqual([2999]);
  for (
    let turns = 0;
    turns < 100_000 && (await count("SELECT count(*) FROM agent_sessions_leftovers")) !== 0;
    turns++
  ) {
    await new Promise((resume) => setImmediate(resume));
  }
  expect(await count("SELECT count(*) FROM agent_sessions_entries")).toBe(3000);
});
