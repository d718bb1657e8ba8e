import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { isUnreachable } from "../src/postgres-error.js";
import { lose, openHosts, type Statement } from "./breakable-hosts.js";
import { codeOf, connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

test("locks that wait for a connection which fails share the next one", async () => {
  const schemaName = newSchemaName();
  const ids = ["a", "b", "c"];
  const refusals: (() => void)[] = [];
  let isArmed = false;
  class RefusedClient extends pg.Client {
    // @ts-expect-error: one of two overloads
    override connect(done?: (error: Error) => void): Promise<unknown> | undefined {
      if (done !== undefined) return void super.connect(done);
      if (!isArmed) return super.connect();
      isArmed = false;
      return new Promise((_, reject) => {
        refusals.push(() => reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" })));
      });
    }
  }
  const pool = new pg.Pool({
    connectionString,
    max: ids.length,
    application_name: schemaName,
    Client: RefusedClient,
  } as unknown as pg.PoolConfig);
  const store = await openPostgresSessionStore({ pool, schemaName });
  for (const id of ids) await store.create({ id });
  await Promise.all(ids.map((id) => store.head(id)));
  isArmed = true;
  let inside = 0;
  let goOn = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const locks = Promise.all(
    ids.map((id) =>
      store.withLock(id, async () => {
        inside++;
        await all;
      }),
    ),
  );
  // All of them have looked that their session is there, and wait.
  await expect
    .poll(() => refusals.length === 1 && pool.idleCount === ids.length, { interval: 20 })
    .toBe(true);
  for (const refuse of refusals) refuse();
  await expect.poll(() => inside, { interval: 20 }).toBe(ids.length);
  const held = await query(
    `SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = $1`,
    [schemaName],
  );
  expect(held.length).toBe(1);
  goOn();
  await locks;
  await store.close();
  await pool.end();
});

test("an append whose answer was lost counts as made, also when somebody holds the session's lock by then", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let holder: Promise<void> | null = null;
  const meanwhile = (): Promise<void> =>
    new Promise((taken) => {
      holder = theirs.withLock("a", async () => {
        taken();
        await held;
      });
    });
  lose({ of: "commit_session", meanwhile });
  expect((await ours.append("a", { content: "mine" })).messageCount).toBe(1);
  letGo();
  await holder;
  expect(await texts()).toEqual(["mine"]);
  await close();
});

test("an append whose answer was lost is not made a second time when the holder of a lock has written since", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let holder: Promise<void> | null = null;
  const meanwhile = (): Promise<void> =>
    new Promise((taken) => {
      holder = theirs.withLock("a", async (session) => {
        await session.append({ content: "theirs" });
        taken();
        await held;
      });
    });
  lose({ of: "commit_session", meanwhile });
  await expect(ours.append("a", { content: "mine" })).rejects.toThrow(/cannot be told/);
  letGo();
  await holder;
  expect(await texts()).toEqual(["mine", "theirs"]);
  await close();
});

test("a first append that is still under way when it is sent again is made once", async () => {
  const { ours, schemaName, texts, close } = await openHosts();
  const first = new pg.Client({ connectionString });
  await first.connect();
  const send = async (statement: Statement): Promise<void> => {
    await first.query("BEGIN");
    await first.query(statement as pg.QueryConfig);
  };
  lose({ of: "commit_session", send, meanwhile: async () => undefined });
  const appended = ours.append("b", { content: "mine" }, { createIfMissing: true });
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0`;
  await expect
    .poll(async () => (await query(waiting, [`${quoted(schemaName)}.commit_session`])).length, {
      interval: 10,
    })
    .toBe(1);
  await first.query("COMMIT");
  expect((await appended).messageCount).toBe(1);
  expect(await texts("b")).toEqual(["mine"]);
  await first.end();
  await close();
});

test("update() with a function whose answer was lost does not claim that it was not made when others have written since", async () => {
  const { ours, theirs, close } = await openHosts();
  lose({ of: "COMMIT", meanwhile: () => theirs.append("a", { content: "theirs" }) });
  const updated = ours.update("a", () => ({ title: "mine" }));
  await expect(updated).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining("cannot be told"),
  });
  expect((await theirs.head("a")).title).toBe("mine");
  await close();
});

test("update() with a function under a lock whose connection broke is looked up: what was made is acknowledged", async () => {
  const { ours, theirs, close } = await openHosts();
  await ours.withLock("a", async (session) => {
    lose({ of: "COMMIT", meanwhile: async () => undefined });
    expect((await session.update(() => ({ title: "mine" }))).title).toBe("mine");
    expect(await codeOf(session.append({ content: "too late" }))).toBe("SESSION_LOCKED");
  });
  await ours.withLock("a", async (session) => {
    const meanwhile = async (backend: number): Promise<void> => {
      await query("SELECT pg_terminate_backend($1)", [backend]);
      await theirs.withLock("a", (other) => other.append({ content: "theirs" }));
    };
    lose({ of: "COMMIT", meanwhile });
    await expect(session.update(() => ({ title: "again" }))).rejects.toThrow(/cannot be told/);
  });
  expect((await theirs.head("a")).title).toBe("again");
  await close();
});

test("restore() publishes nothing when a failover has lost a part of what was staged", async () => {
  const { ours, theirs, schemaName, close } = await openHosts();
  const head = await ours.head("a");
  async function* entries(): AsyncGenerator<{ seq: number; at: string; message: object }> {
    for (let seq = 1; seq <= 1000; seq++) {
      if (seq === 900) await query(`DELETE FROM ${quoted(schemaName)}.entries WHERE seq BETWEEN 200 AND 300`);
      yield { seq, at: head.updatedAt, message: { content: `${seq}` } };
    }
  }
  const snapshot = { head: { ...head, id: "b", messageCount: 1000 }, entries: entries() };
  expect(await codeOf(ours.restore(snapshot as never))).toBe("STORE_IO");
  expect(await theirs.exists("b")).toBe(false);
  for await (const finding of theirs.verify()) expect(finding).toBeUndefined();
  await close();
});

test("restore() leaves nothing when what it staged was swept while it went on", async () => {
  const { ours, theirs, schemaName, close } = await openHosts();
  const head = await ours.head("a");
  const schema = quoted(schemaName);
  async function* entries(): AsyncGenerator<{ seq: number; at: string; message: object }> {
    for (let seq = 1; seq <= 1000; seq++) {
      if (seq === 600) await query(`DELETE FROM ${schema}.transcripts WHERE staged_by IS NOT NULL`);
      if (seq === 600) await query(`DELETE FROM ${schema}.entries`);
      yield { seq, at: head.updatedAt, message: { content: `${seq}` } };
    }
  }
  const snapshot = { head: { ...head, id: "b", messageCount: 1000 }, entries: entries() };
  expect(await codeOf(ours.restore(snapshot as never))).toBe("STORE_IO");
  for await (const finding of theirs.verify()) expect(finding).toBeUndefined();
  await close();
});

test("list() by a text with NUL, which PostgreSQL takes nowhere, finds nothing", async () => {
  const { ours, close } = await openHosts();
  for (const filter of [{ titleContains: "\0" }, { parentId: "a\0" }, { idPrefix: "\0" }]) {
    expect((await ours.list(filter)).sessions).toEqual([]);
  }
  await close();
});

test("a server that takes a connection for locks and says nothing counts as one that cannot be reached", () => {
  expect(isUnreachable(new Error("timeout expired"))).toBe(true);
});
