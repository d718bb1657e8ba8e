import { setTimeout as delay } from "node:timers/promises";
import type { SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer } from "../../../apps/postgres-test-server/dist/index.js";
import { openPostgresSessionStore } from "../src/index.js";
import { keepAppending, textsIn, until } from "./keep-appending.js";
import { codeOf } from "./postgres-harness.js";

/** A server of this file's own: it is stopped, killed and told to cut connections. */
let server: Awaited<ReturnType<typeof startTestServer>>;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.close();
});

async function openStore(schemaName: string, retryTimeoutMs = 30_000): Promise<SessionStore> {
  return await openPostgresSessionStore({ connectionString: server.url, schemaName, retryTimeoutMs });
}

test.each(["stop", "crash"] as const)(
  "append() goes on over a restart of the server (%s): nothing acknowledged is lost, nothing is doubled",
  async (how) => {
    const stores = await Promise.all([openStore(`restart ${how}`), openStore(`restart ${how}`)]);
    const [first] = stores;
    for (const id of ["a", "b", "c"]) await first.create({ id });
    const writers = ["a", "b", "c"].map((id, n) => keepAppending(n === 2 ? stores[1] : first, id));
    const [, , alone] = writers;
    for (let round = 1; round <= 2; round++) {
      const before = writers.map(({ acknowledged }) => acknowledged.length);
      await until(() => writers.every(({ acknowledged }, n) => acknowledged.length > (before[n] ?? 0) + 10));
      await server.control.down(how);
      await server.control.up();
    }
    const reached = alone?.acknowledged.length ?? 0;
    await until(() => (alone?.acknowledged.length ?? 0) > reached + 5);
    for (const [n, id] of ["a", "b", "c"].entries()) {
      const acknowledged = await writers[n]?.end();
      expect(await textsIn(first, id)).toEqual(acknowledged);
    }
    for await (const finding of first.verify()) expect(finding).toBeUndefined();
    for (const store of stores) await store.close();
  },
);

test("append() by several hosts goes on while connections are cut: with operation ids nothing is lost or doubled", async () => {
  const hosts = await Promise.all([openStore("cut"), openStore("cut"), openStore("cut")]);
  const [first] = hosts;
  await first.create({ id: "shared" });
  const hands = new pg.Client(server.url);
  await hands.connect();
  const writers = hosts.map((store, host) =>
    keepAppending(store, "shared", (n) => ({ operationId: `${host} ${n}` })),
  );
  for (let cut = 0; cut < 20; cut++) {
    await hands.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agent-sessions' AND random() < 0.7",
    );
    await delay(20);
  }
  const acknowledged = (await Promise.all(writers.map((writer) => writer.end()))).flat();
  expect((await textsIn(first, "shared")).length).toBe(acknowledged.length);
  expect((await first.head("shared")).revision).toBe(acknowledged.length + 1);
  await hands.end();
  for (const store of hosts) await store.close();
});

test("a server that stays away gives STORE_IO after retryTimeoutMs, and is used again when it is back", async () => {
  const store = await openStore("away", 50);
  await store.create({ id: "a" });
  await server.control.down("stop");
  expect(await codeOf(store.append("a", { content: "x" }))).toBe("STORE_IO");
  expect(await codeOf(store.head("a"))).toBe("STORE_IO");
  expect(await codeOf(store.withLock("a", async () => undefined))).toBe("STORE_IO");
  expect(await codeOf(openStore("away"))).toBe("STORE_IO");
  await server.control.up();
  expect((await store.append("a", { content: "y" })).messageCount).toBe(1);
  await store.withLock("a", async (session) => await session.append({ content: "z" }));
  await store.close();
});

test("a lock whose connection is cut is lost: the body's next write rejects SESSION_LOCKED and is not made", async () => {
  const [holder, other] = [await openStore("lost lock"), await openStore("lost lock")];
  await holder.create({ id: "a" });
  const hands = new pg.Client(server.url);
  await hands.connect();
  const body = holder.withLock("a", async (session) => {
    await session.append({ content: "held" });
    await hands.query(
      "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted",
    );
    // The lock is free: somebody else takes it, and writes.
    await other.withLock("a", async (theirs) => await theirs.append({ content: "theirs" }));
    expect(await codeOf(session.append({ content: "too late" }))).toBe("SESSION_LOCKED");
    expect(await codeOf(session.update({ title: "too late" }))).toBe("SESSION_LOCKED");
  });
  await body;
  expect(await textsIn(other, "a")).toEqual(["held", "theirs"]);
  await holder.withLock("a", async (session) => await session.append({ content: "anew" }));
  expect(await textsIn(other, "a")).toEqual(["held", "theirs", "anew"]);
  await hands.end();
  for (const store of [holder, other]) await store.close();
});

test("restore() whose connections are cut rejects and leaves nothing, or goes on; a later one sweeps what is left", async () => {
  const store = await openStore("cut restore");
  await store.create({ id: "a", messages: [{ content: "x" }] });
  const head = await store.head("a");
  const hands = new pg.Client(server.url);
  await hands.connect();
  async function* entries(): AsyncGenerator<{ seq: number; at: string; message: object }> {
    for (let seq = 1; seq <= 1000; seq++) {
      if (seq === 700) {
        await hands.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agent-sessions'",
        );
      }
      yield { seq, at: head.updatedAt, message: { content: `${seq}` } };
    }
  }
  const snapshot = { head: { ...head, id: "b", messageCount: 1000 }, entries: entries() };
  // The connection that showed that this writer lives is gone, but nobody swept: what was staged is published.
  await store.restore(snapshot as never);
  expect((await store.load("b")).messages.length).toBe(1000);
  await hands.end();
  await store.close();
});
