import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

/** A pool that counts what it sends. */
class CountingPool extends pg.Pool {
  sent = 0;

  constructor() {
    super({ connectionString, max: 1 });
    this.on("connect", (client) => {
      const send = client.query.bind(client) as (...args: unknown[]) => unknown;
      Object.assign(client, {
        query: (...args: unknown[]) => {
          this.sent++;
          return send(...args);
        },
      });
    });
  }

  /** How many statements a call sends. */
  async count(call: () => Promise<unknown>): Promise<number> {
    const before = this.sent;
    await call();
    return this.sent - before;
  }
}

test("append(), save(), truncate() and update() of a known session are one round trip each, load() of a short one too", async () => {
  const pool = new CountingPool();
  const store = await openPostgresSessionStore({ pool, schemaName: newSchemaName() });
  await store.create({ id: "a" });
  expect(await pool.count(() => store.append("a", { content: "x" }))).toBe(1);
  expect(await pool.count(() => store.append("a", { content: "y" }, { operationId: "op" }))).toBe(1);
  expect(await pool.count(() => store.save("a", { messages: [{ content: "z" }] }))).toBe(1);
  expect(await pool.count(() => store.truncate("a", 0))).toBe(1);
  expect(await pool.count(() => store.update("a", { title: "T" }))).toBe(1);
  expect(await pool.count(() => store.head("a"))).toBe(1);
  expect(await pool.count(() => store.load("a"))).toBe(1);
  expect(await pool.count(() => store.list({ orderBy: "id" }))).toBe(1);
  // The row's lock and a BEGIN, the commit, the COMMIT.
  expect(await pool.count(() => store.update("a", () => ({ title: "U" })))).toBe(3);
  // Known again, and applied already: the answer needs a second look.
  expect(
    await pool.count(() => store.append("a", { content: "y" }, { operationId: "op" })),
  ).toBeLessThanOrEqual(2);
  await store.close();
  await pool.end();
});

test("a write to a session that others changed meanwhile is decided anew on what is there", async () => {
  const schemaName = newSchemaName();
  const [one, two] = [
    await openPostgresSessionStore({ connectionString, schemaName }),
    await openPostgresSessionStore({ connectionString, schemaName }),
  ];
  await one.create({ id: "a", title: "first" });
  await two.update("a", { title: "second" });
  await two.append("a", { content: "theirs" }, { usage: { inputTokens: 1 } });
  const head = await one.append("a", { content: "mine" }, { usage: { inputTokens: 2 } });
  expect([head.title, head.messageCount, head.usage.inputTokens, head.revision]).toEqual(["second", 2, 3, 4]);
  await two.delete("a");
  await expect(one.append("a", { content: "x" })).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  for (const store of [one, two]) await store.close();
});

test("a row that an operator changed by hand is not overwritten with what was remembered of it", async () => {
  const schemaName = newSchemaName();
  const store = await openPostgresSessionStore({ connectionString, schemaName });
  await store.create({ id: "a", title: "ours" });
  await query(`UPDATE ${quoted(schemaName)}.sessions SET title = 'by hand', title_folded = 'by hand'`);
  // A first user message changes the preview, so that the whole head is written.
  expect((await store.append("a", { role: "user", content: "hello" })).title).toBe("by hand");
  expect((await store.head("a")).title).toBe("by hand");
  await store.close();
});

test("verify() has the server look at long messages in portions of their bytes, and misses none of them", async () => {
  const pool = new CountingPool();
  const schemaName = newSchemaName();
  const store = await openPostgresSessionStore({ pool, schemaName, durability: "relaxed" });
  const faults = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { fault, message } of store.verify()) found.push(`${fault}: ${message}`);
    return found;
  };
  const create = async (content: string): Promise<void> => {
    await store.create({ id: "a", messages: Array.from({ length: 5 }, () => ({ content })) });
  };
  await create("short");
  const few = await pool.count(faults);
  await store.delete("a");
  await create("x".repeat(3 * 1024 * 1024));
  expect(await faults()).toEqual([]);
  // Two in each portion.
  expect(await pool.count(faults)).toBe(few + 2);
  await query(`DELETE FROM ${quoted(schemaName)}.entries WHERE seq = 3`);
  await query(`UPDATE ${quoted(schemaName)}.entries SET message = '[]' WHERE seq = 5`);
  expect(await faults()).toEqual([
    "missing-entries: 1 entries are missing.",
    "unreadable-message: The messages of 1 entries, the first of them 5, are no JSON objects.",
  ]);
  await store.close();
  await pool.end();
});
