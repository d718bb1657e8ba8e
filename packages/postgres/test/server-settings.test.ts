import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

/** Names that would end a text, a name or a function's body if they were not quoted. */
const HOSTILE_SCHEMA = `${newSchemaName()} a\\'; b$$ chats.v2`;

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
  await query(`UPDATE ${quoted(HOSTILE_SCHEMA)}.sessions SET labels = '{' WHERE id = 'b'`);
  expect((await store.list()).unreadable.map(({ id }) => id)).toEqual(["b"]);
  await store.close();
  await pool.end();
  const [search] = await query("SELECT count(*)::int AS n FROM pg_indexes WHERE schemaname = $1", [
    HOSTILE_SCHEMA,
  ]);
  expect(search?.["n"]).toBeGreaterThan(10);
});

test.each([
  ["durable", "on"],
  ["relaxed", "off"],
] as const)(
  "every write of a store that is %s has synchronous_commit %s, whatever the server's is",
  async (durability, wanted) => {
    const schemaName = newSchemaName();
    const schema = quoted(schemaName);
    const servers = wanted === "on" ? "off" : "on";
    const pool = new pg.Pool({ connectionString, options: `-c synchronous_commit=${servers}`, max: 2 });
    const store = await openPostgresSessionStore({ pool, schemaName, durability });
    await store.create({ id: "a", messages: [{ content: "x" }] });
    await query(`CREATE TABLE ${schema}.seen (what text, setting text);
    CREATE FUNCTION ${schema}.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO ${schema}.seen VALUES (TG_OP || ' ' || TG_TABLE_NAME, current_setting('synchronous_commit')); RETURN NULL; END $$;
    CREATE TRIGGER look AFTER INSERT ON ${schema}.set_aside FOR EACH ROW EXECUTE FUNCTION ${schema}.look();
    CREATE TRIGGER look AFTER INSERT OR UPDATE OR DELETE ON ${schema}.sessions FOR EACH ROW EXECUTE FUNCTION ${schema}.look()`);
    await store.create({ id: "b" });
    await store.update("a", () => ({ title: "T" }));
    await query(
      `SET synchronous_commit = ${wanted}; UPDATE ${schema}.sessions SET labels = '{' WHERE id = 'a'; RESET synchronous_commit`,
    );
    await query(`INSERT INTO ${schema}.entries VALUES (4711, 1, 0, '', '{}')`);
    await store.repair();
    await store.delete("a");
    await store.delete("b", { expectedRevision: 1 });
    expect(
      (await query(`SELECT what, setting FROM ${schema}.seen`)).map(({ what, setting }) => [what, setting]),
    ).toEqual(
      [
        ...["INSERT sessions", "UPDATE sessions", "UPDATE sessions"],
        ...["INSERT set_aside", "UPDATE sessions", "INSERT set_aside", "DELETE sessions", "DELETE sessions"],
      ].map((what) => [what, wanted]),
    );
    await store.close();
    await pool.end();
  },
);
