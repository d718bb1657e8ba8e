import type { Entry, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { lose, onNextStatement, openHosts } from "./breakable-hosts.js";
import { codeOf, connectionString, query } from "./postgres-harness.js";

/** The session `a` as it is. */
async function exported(store: SessionStore): Promise<SessionSnapshot> {
  const entries: Entry[] = [];
  for await (const entry of store.messages("a")) entries.push(entry);
  return { head: await store.head("a"), entries };
}

test("append() whose answer was lost does not bring back a session that was deleted meanwhile", async () => {
  const { ours, theirs, close } = await openHosts();
  lose({ of: "commit_session", meanwhile: () => theirs.delete("a") });
  await expect(ours.append("a", { content: "mine" }, { createIfMissing: true })).rejects.toThrow(
    /cannot be told/,
  );
  expect(await theirs.exists("a")).toBe(false);
  await close();
});

test.each([{}, { operationId: "op" }])(
  "append() with %o whose answer was lost does not land in a session that was made anew meanwhile",
  async (options) => {
    const { ours, theirs, texts, close } = await openHosts();
    await ours.append("a", { content: "first" });
    const meanwhile = async (): Promise<void> => {
      await theirs.delete("a");
      await theirs.create({ id: "a" });
    };
    lose({ of: "commit_session", meanwhile });
    await expect(ours.append("a", { content: "mine" }, options)).rejects.toThrow(/cannot be told/);
    expect(await texts()).toEqual([]);
    await close();
  },
);

test.each([{}, { operationId: "op" }])(
  "append() with %o whose answer was lost is not made twice when it was exported and restored meanwhile",
  async (options) => {
    const { ours, theirs, texts, close } = await openHosts();
    const meanwhile = async (): Promise<void> => {
      await theirs.restore(await exported(theirs));
    };
    lose({ of: "commit_session", meanwhile });
    await expect(ours.append("a", { content: "mine" }, options)).rejects.toThrow(/cannot be told/);
    expect(await texts()).toEqual(["mine"]);
    await close();
  },
);

test("append() with an operationId whose answer was lost is not made twice when the session has forgotten the operation", async () => {
  const { ours, theirs, close } = await openHosts();
  const meanwhile = async (): Promise<void> => {
    for (let n = 1; n <= 128; n++) await theirs.append("a", { content: `${n}` }, { operationId: `${n}` });
  };
  lose({ of: "commit_session", meanwhile });
  await expect(ours.append("a", { content: "mine" }, { operationId: "op" })).rejects.toThrow(
    /cannot be told/,
  );
  expect((await theirs.head("a")).messageCount).toBe(129);
  await close();
});

test("append() with an operationId whose answer was lost is told by it when others have written since", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  lose({ of: "commit_session", meanwhile: () => theirs.append("a", { content: "theirs" }) });
  expect((await ours.append("a", { content: "mine" }, { operationId: "op" })).messageCount).toBe(2);
  expect(await texts()).toEqual(["mine", "theirs"]);
  await close();
});

test.each([
  [1, "is told then"],
  [128, "is not made twice when it is forgotten by then"],
])(
  "append() with an operationId whose answer was lost waits for the holder of the lock: after %i writes it %s",
  async (count) => {
    const { ours, theirs, close } = await openHosts();
    let goOn = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let holder: Promise<void> | null = null;
    const meanwhile = (): Promise<void> =>
      new Promise((taken) => {
        holder = theirs.withLock("a", async (session) => {
          await session.append({ content: "theirs" });
          // The next statement but one is sent when the first was answered: locked.
          onNextStatement(() => onNextStatement(goOn));
          taken();
          await asked;
          for (let n = 1; n <= count; n++) await session.append({ content: `${n}` }, { operationId: `${n}` });
        });
      });
    lose({ of: "commit_session", meanwhile });
    const appended = ours.append("a", { content: "mine" }, { operationId: "op" }).finally(goOn);
    if (count === 1) expect((await appended).messageCount).toBe(3);
    else await expect(appended).rejects.toThrow(/cannot be told/);
    await holder;
    expect((await theirs.head("a")).messageCount).toBe(2 + count);
    await close();
  },
);

test("append() with an operationId under a lock that was lost is told by it, and by nothing else", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  const cut = (then: () => Promise<unknown>) => async (backend: number) => {
    await query("SELECT pg_terminate_backend($1)", [backend]);
    await theirs.withLock("a", () => then() as Promise<void>).catch(() => undefined);
  };
  await ours.withLock("a", async (session) => {
    const meanwhile = cut(async () => undefined);
    lose({
      of: "commit_session",
      meanwhile: async (backend) => {
        await meanwhile(backend);
        await theirs.append("a", { content: "theirs" });
      },
    });
    expect((await session.append({ content: "mine" }, { operationId: "op" })).messageCount).toBe(1);
  });
  await ours.withLock("a", async (session) => {
    const meanwhile = cut(async () => undefined);
    lose({
      of: "commit_session",
      meanwhile: async (backend) => {
        await meanwhile(backend);
        await theirs.restore(await exported(theirs));
      },
    });
    await expect(session.append({ content: "again" }, { operationId: "op 2" })).rejects.toThrow(
      /cannot be told/,
    );
  });
  expect(await texts()).toEqual(["mine", "theirs", "again"]);
  await close();
});

test("create() whose answer was lost is acknowledged also when others have deleted the session and made it anew", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  const anew = (id: string) => async () => {
    await theirs.delete(id);
    await theirs.create({ id, messages: [{ content: "theirs" }] });
  };
  lose({ of: "commit_session", meanwhile: anew("b") });
  expect((await ours.create({ id: "b" })).revision).toBe(1);
  lose({ of: "commit_session", meanwhile: anew("c") });
  const head = await ours.append("c", { content: "mine" }, { createIfMissing: true });
  expect(head.messageCount).toBe(1);
  expect([await texts("b"), await texts("c")]).toEqual([["theirs"], ["theirs"]]);
  expect(await codeOf(ours.create({ id: "b" }))).toBe("SESSION_ALREADY_EXISTS");
  await close();
});

test("append() for which no connection was to be had at first is made, whatever others have written meanwhile", async () => {
  const { theirs, schemaName, texts, close } = await openHosts();
  const pool = new pg.Pool({ connectionString, max: 1 });
  const store = await openPostgresSessionStore({ pool, schemaName });
  await store.head("a");
  const connect = pool.connect.bind(pool);
  pool.connect = (async () => {
    pool.connect = connect;
    for (const content of ["one", "two"]) await theirs.append("a", { content });
    throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  }) as typeof pool.connect;
  expect((await store.append("a", { content: "mine" })).messageCount).toBe(3);
  expect(await texts()).toEqual(["one", "two", "mine"]);
  await store.close();
  await pool.end();
  await close();
});

test("delete() does not say that a session is locked while its own lost first try may still be removing it", async () => {
  const { ours, theirs, close } = await openHosts();
  const first = new pg.Client({ connectionString });
  await first.connect();
  const send = async (statement: { readonly text: string }): Promise<void> => {
    await first.query("BEGIN");
    await first.query(statement as pg.QueryConfig);
  };
  lose({ of: "remove_session", send, meanwhile: async () => undefined });
  await expect(ours.delete("a")).rejects.toMatchObject({
    code: "STORE_IO",
    message: expect.stringContaining("cannot be told"),
  });
  await first.query("COMMIT");
  expect(await theirs.exists("a")).toBe(false);
  await first.end();
  await close();
});
