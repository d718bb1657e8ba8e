import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { codeOf, connectionString, newSchemaName } from "./postgres-harness.js";

/** What a pooler in transaction mode does: a connection of the server is lent for a statement, or for a transaction. */
function transactionPooler(): { readonly pool: pg.Pool; close(): Promise<void> } {
  const server = new pg.Pool({ connectionString, max: 3 });
  class PooledClient extends pg.Client {
    #lent: pg.PoolClient | null = null;

    // @ts-expect-error: one of two overloads
    override async connect(done?: () => void): Promise<void> {
      Object.assign(this, { processID: 4_000_000_000 });
      done?.();
    }

    // @ts-expect-error: one of many overloads
    override async query(config: { readonly text: string }): Promise<unknown> {
      this.#lent ??= await server.connect();
      const lent = this.#lent;
      const result = await lent.query(config as pg.QueryConfig);
      if (!config.text.startsWith("BEGIN")) {
        lent.release();
        this.#lent = null;
      }
      return result;
    }

    override async end(): Promise<void> {
      await this.#lent?.query("ROLLBACK");
      this.#lent?.release();
      this.#lent = null;
    }
  }
  const pool = new pg.Pool({ connectionString, max: 3, Client: PooledClient } as unknown as pg.PoolConfig);
  const close = async (): Promise<void> => {
    await pool.end();
    await server.end();
  };
  return { pool, close };
}

test("session locks over a pooler that changes connections between transactions are refused, with what to set", async () => {
  const { pool, close } = transactionPooler();
  const store = await openPostgresSessionStore({ pool, schemaName: newSchemaName() });
  await store.create({ id: "a" });
  expect((await store.append("a", { content: "x" })).messageCount).toBe(1);
  const locked = store.withLock("a", async () => undefined);
  expect(await codeOf(locked)).toBe("STORE_IO");
  await expect(locked).rejects.toThrow(/lockConnectionString/);
  expect(await store.delete("a")).toBe(true);
  await store.close();
  await close();
});

test("statements that are kept ready are not asked for again by their text, nor kept where that is switched off", async () => {
  const schemaName = newSchemaName();
  for (const preparedStatements of [true, false]) {
    const pool = new pg.Pool({ connectionString, max: 1 });
    const store = await openPostgresSessionStore({ pool, schemaName, preparedStatements });
    await store.append("a", { content: "x" }, { createIfMissing: true });
    await store.append("a", { content: "y" });
    const { rows } = await pool.query("SELECT count(*)::int AS kept FROM pg_prepared_statements");
    expect(rows[0]?.kept > 0).toBe(preparedStatements);
    await store.close();
    await pool.end();
  }
});
