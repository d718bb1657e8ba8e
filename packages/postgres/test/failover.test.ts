import { setTimeout as delay } from "node:timers/promises";
import type { SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer } from "../../../apps/postgres-test-server/dist/index.js";
import { openPostgresSessionStore } from "../src/index.js";
import { keepAppending, textsIn, until } from "./keep-appending.js";
import { MovingAddress } from "./moving-address.js";
import { codeOf } from "./postgres-harness.js";

/** A primary, and a standby that it waits for: with `synchronous_commit = on` a commit is on both before it is acknowledged. */
let server: Awaited<ReturnType<typeof startTestServer>>;
let standbyUrl: string;
let address: MovingAddress;

async function run(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  server = await startTestServer();
  standbyUrl = await server.control.standby();
  await run(server.url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
  await run(server.url, "SELECT pg_reload_conf()");
  const state = "SELECT sync_state AS state FROM pg_stat_replication";
  while ((await run(server.url, state))[0]?.["state"] !== "sync") await delay(20);
  address = await MovingAddress.open(server.url);
});

afterAll(async () => {
  await address?.close();
  await server?.close();
});

async function openHost(): Promise<SessionStore> {
  return await openPostgresSessionStore({ connectionString: address.url, retryTimeoutMs: 60_000 });
}

test("a failover to a standby loses no acknowledged write and makes none twice, and a lock from before it writes no more", async () => {
  const hosts = [await openHost(), await openHost()];
  const [first, second] = hosts as [SessionStore, SessionStore];
  for (const id of ["a", "b", "shared", "locked"]) await first.create({ id });
  const alone = [keepAppending(first, "a"), keepAppending(second, "b")];
  const together = hosts.map((store, n) =>
    keepAppending(store, "shared", (i) => ({ operationId: `${n} ${i}` })),
  );
  const writers = [...alone, ...together];
  const reach = async (more: number): Promise<void> => {
    const before = writers.map(({ acknowledged }) => acknowledged.length);
    await until(() => writers.every(({ acknowledged }, n) => acknowledged.length >= (before[n] ?? 0) + more));
  };
  await first.withLock("locked", async (session) => {
    await session.append({ content: "before" });
    await reach(10);
    await server.control.down("crash");
    const late = codeOf(session.append({ content: "too late" }));
    await run(standbyUrl, "SELECT pg_promote(true, 60)");
    address.move(standbyUrl);
    expect(await late).toBe("SESSION_LOCKED");
  });
  await reach(10);
  const [a, b, ...shared] = await Promise.all(writers.map((writer) => writer.end()));
  expect(await textsIn(first, "a")).toEqual(a);
  expect(await textsIn(first, "b")).toEqual(b);
  expect([...(await textsIn(first, "shared"))].sort()).toEqual(shared.flat().sort());
  expect(await textsIn(second, "locked")).toEqual(["before"]);
  await second.withLock("locked", async (session) => await session.append({ content: "after" }));
  for await (const finding of first.verify()) expect(finding).toBeUndefined();
  for (const store of hosts) await store.close();
});
