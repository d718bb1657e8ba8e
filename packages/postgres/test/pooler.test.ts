import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { StatementNames } from "../src/statement-names.js";
import { codeOf, connectionString, newSchemaName } from "./postgres-harness.js";

/**
 * What a pooler in transaction mode does: a connection of the server is lent for a statement, or for a transaction.
 *
 * @param displaced every client is lent the connection that it had before, as happens when nobody else is there, but for these
 *   statements; without any, whichever comes first
 */
function transactionPooler(displaced: readonly string[] = []): {
  readonly pool: pg.Pool;
  close(): Promise<void>;
} {
  const server = new pg.Pool({ connectionString, max: 6 });
  let last: pg.PoolClient | null = null;
  const lend = async (text: string, home: pg.PoolClient | null): Promise<pg.PoolClient> => {
    const isDisplaced = displaced.some((piece) => text.includes(piece));
    const others: pg.PoolClient[] = [];
    for (;;) {
      const lent = await server.connect();
      const isWanted = isDisplaced ? lent !== (home ?? last) : home === null || lent === home;
      if (displaced.length === 0 || isWanted) {
        for (const other of others) other.release();
        last = lent;
        return lent;
      }
      others.push(lent);
    }
  };
  class PooledClient extends pg.Client {
    #home: pg.PoolClient | null = null;
    #lent: pg.PoolClient | null = null;
    #isInTransaction = false;

    // @ts-expect-error: one of two overloads
    override async connect(done?: () => void): Promise<void> {
      Object.assign(this, { processID: 4_000_000_000 });
      done?.();
    }

    // @ts-expect-error: one of many overloads
    override async query(config: { readonly text: string }): Promise<unknown> {
      const { text } = config;
      this.#lent ??= await lend(text, this.#home);
      const lent = this.#lent;
      this.#home ??= lent;
      if (text.startsWith("BEGIN")) this.#isInTransaction = true;
      try {
        return await lent.query(config as pg.QueryConfig);
      } finally {
        if (/^(COMMIT|ROLLBACK)/.test(text)) this.#isInTransaction = false;
        if (!this.#isInTransaction) this.#giveBack();
      }
    }

    override async end(): Promise<void> {
      await this.#lent?.query("ROLLBACK");
      this.#giveBack();
    }

    #giveBack(): void {
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

test.each(["hold_lock", "commit_session", "remove_session", "lock_session", "pg_advisory_lock("])(
  "a pooler that kept the place of the connection for locks by chance is noticed when %s is sent elsewhere",
  async (call) => {
    // The second connection is lent another place than the first, which then gets its own again.
    const { pool, close } = transactionPooler(["BEGIN; SELECT pg_backend_pid()", call]);
    const store = await openPostgresSessionStore({ pool, schemaName: newSchemaName() });
    const head = await store.create({ id: "a" });
    const entries = Array.from({ length: 300 }, (_, n) => ({
      ...{ seq: n + 1, at: head.updatedAt, message: { content: `${n}` } },
    }));
    const work: Readonly<Record<string, () => Promise<unknown>>> = {
      hold_lock: () => store.withLock("a", async () => undefined),
      commit_session: () => store.withLock("a", (session) => session.append({ content: "x" })),
      lock_session: () => store.withLock("a", (session) => session.update(() => ({ title: "T" }))),
      remove_session: () => store.delete("a", { expectedRevision: 1 }),
      "pg_advisory_lock(": () => store.restore({ head: { ...head, id: "b", messageCount: 300 }, entries }),
    };
    await expect(work[call]?.()).rejects.toThrow(/lockConnectionString/);
    expect((await store.head("a")).revision).toBe(1);
    await store.close();
    await close();
  },
);

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

test("statements that are always the same are kept ready, however many lists of different kinds came before", () => {
  const names = new StatementNames(true);
  const varied = Array.from({ length: 100 }, (_, n) => names.ofVaried(`SELECT ${n}`));
  const kept = varied.filter((name) => name !== undefined).length;
  expect([kept > 0 && kept < varied.length, names.of("SELECT commit_session()")]).toEqual([
    true,
    expect.stringMatching(/^agent_sessions_/),
  ]);
  expect(names.ofVaried("SELECT 0")).toBe(varied[0]);
  expect(new StatementNames(false).of("SELECT commit_session()")).toBeUndefined();
});
