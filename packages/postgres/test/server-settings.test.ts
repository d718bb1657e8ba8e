import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName, query } from "./postgres-harness.js";

/** Names that would end a text, a name or a function's body if they were not quoted. */
const HOSTILE_SCHEMA = `${newSchemaName()} a\\'; b$$`;

test("a store works on a server that takes backslashes for escapes, in a schema with any name", async () => {
  const pool = new pg.Pool({ connectionString, options: "-c standard_conforming_strings=off", max: 2 });
  const store = await openPostgresSessionStore({ pool, schemaName: HOSTILE_SCHEMA });
  const content = "a \\ backslash, a ' quote, \\u0041, \u212A";
  await store.create({ id: "a\\", title: content, messages: [{ content }] });
  await store.update("a\\", ({ title }) => ({ title: `${title} again` }));
  async function* entries(): AsyncGenerator<{ seq: number; at: string; message: object }> {
    const { updatedAt } = await store.head("a\\");
    for (let seq = 1; seq <= 300; seq++) yield { seq, at: updatedAt, message: { content } };
  }
  const head = { ...(await store.head("a\\")), id: "b", messageCount: 300 };
  await store.restore({ head, entries: entries() } as never);
  expect((await store.head("a\\")).title).toBe(`${content} again`);
  const hits: string[] = [];
  for await (const { id } of store.search("ackslash", { limit: 2 })) hits.push(id);
  expect(hits.length).toBe(2);
  for await (const finding of store.verify()) expect(finding).toBeUndefined();
  await store.close();
  await pool.end();
  const [search] = await query("SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = $1", [
    HOSTILE_SCHEMA,
  ]);
  expect(search?.["n"]).toBeGreaterThan(10);
});
