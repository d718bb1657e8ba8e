import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OwnPool, PooledClient } from "../src/postgres-driver.js";
import { SpareConnection } from "../src/spare-connection.js";

const IDLE_MS = 10_000;

/** A connection that notes how it is given back. */
class FakeClient extends EventEmitter {
  readonly given: unknown[] = [];

  release(destroy: unknown = false): void {
    this.given.push(destroy);
  }
}

class FakePool extends EventEmitter {
  waitingCount = 0;
}

function open(): { pool: FakePool; spare: SpareConnection; connect: () => FakeClient & PooledClient } {
  const pool = new FakePool();
  const spare = new SpareConnection(pool as unknown as OwnPool);
  const connect = (): FakeClient & PooledClient => {
    const client = new FakeClient();
    pool.emit("connect", client);
    return client as unknown as FakeClient & PooledClient;
  };
  return { pool, spare, connect };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("one connection is kept for the next call, and no second one", () => {
  const { spare, connect } = open();
  const [first, second] = [connect(), connect()];
  expect(spare.take()).toBeNull();
  expect([spare.keep(first), spare.keep(second)]).toEqual([true, false]);
  expect([spare.take(), spare.take()]).toEqual([first, null]);
  expect(spare.keep(second)).toBe(true);
});

test("a connection that others wait for is not kept", () => {
  const { pool, spare, connect } = open();
  pool.waitingCount = 1;
  expect(spare.keep(connect())).toBe(false);
});

test("a connection goes back to the pool when nobody has used it for ten seconds", () => {
  const { spare, connect } = open();
  const client = connect();
  spare.keep(client);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(spare.take()).toBe(client);
  spare.keep(client);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(client.given).toEqual([]);
  vi.advanceTimersByTime(1);
  expect([client.given, spare.take(), vi.getTimerCount()]).toEqual([[false], null, 0]);
  // And again, the next time.
  spare.keep(client);
  vi.advanceTimersByTime(IDLE_MS);
  expect(client.given).toEqual([false, false]);
});

test("no timer is left behind while the connection is in use, nor after the end", () => {
  const { spare, connect } = open();
  const client = connect();
  spare.keep(client);
  spare.take();
  vi.advanceTimersByTime(IDLE_MS);
  expect([client.given, vi.getTimerCount()]).toEqual([[], 0]);
  spare.keep(client);
  spare.close();
  expect([client.given, vi.getTimerCount()]).toEqual([[false], 0]);
  expect(spare.keep(client)).toBe(false);
});

test("a connection that breaks is thrown away when it is kept, and is not kept when it is in use", () => {
  const { spare, connect } = open();
  const [kept, used] = [connect(), connect()];
  spare.keep(kept);
  kept.emit("error", new Error("Connection terminated unexpectedly"));
  expect([kept.given, spare.take()]).toEqual([[true], null]);
  used.emit("error", new Error("Connection terminated unexpectedly"));
  expect([spare.keep(used), used.given]).toEqual([false, []]);
});
