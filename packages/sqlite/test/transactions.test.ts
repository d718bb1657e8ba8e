import { startWait } from "@agent-sessions/core/backend";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseHandle, type DatabaseSource, type OpenDatabase } from "../src/database-handle.js";
import { loadDriver } from "../src/load-driver.js";
import { SessionLocks } from "../src/session-locks.js";
import type { Steps } from "../src/steps.js";
import { Transactions, type WriteTarget } from "../src/transactions.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let handles: DatabaseHandle[];

beforeEach(async () => {
  path = await makePlace();
  handles = [];
});

afterEach(async () => {
  for (const handle of handles) handle.close();
  await removePlace(path);
});

function open(kind: "file" | "memory"): Transactions {
  const driver = loadDriver();
  const settings = { durability: "relaxed", journalMode: null, busyTimeoutMs: 5, readOnly: false } as const;
  const source: DatabaseSource = kind === "file" ? { kind, path, driver, settings } : { kind, driver };
  const handle = new DatabaseHandle(source, { location: path, search: false });
  handles.push(handle);
  return new Transactions(handle, new SessionLocks(null), { location: path, readTimeoutMs: 10_000 });
}

const target = (): WriteTarget => ({ key: null, wait: startWait(10_000), lock: null });
const count = ({ sql }: OpenDatabase): unknown =>
  sql.row("SELECT count(*) FROM agent_sessions_leftovers")?.[0];
const add = ({ sql }: OpenDatabase): number =>
  sql.run("INSERT INTO agent_sessions_leftovers (staged_by) VALUES ('x')");
const turn = (): Promise<void> => new Promise((resume) => setImmediate(resume));

/** Adds three rows, each in a slice of its own. */
function* addSlowly(database: OpenDatabase): Steps<string> {
  for (let n = 0; n < 3; n++) {
    add(database);
    const endsAt = performance.now() + 10;
    while (performance.now() < endsAt);
    yield;
  }
  return "done";
}

function* addAndFail(database: OpenDatabase): Steps<string> {
  yield* addSlowly(database);
  throw new RangeError("planted");
}

it("during a long write reads see what was committed before, and the write afterwards", async () => {
  const transactions = open("file");
  await transactions.write(target(), add);
  const seen: unknown[] = [];
  let isDone = false;
  const long = transactions.writeInSteps(target(), addSlowly).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await turn();
    if (!isDone) seen.push(await transactions.read(count, null));
  }
  expect(await long).toBe("done");
  expect(seen.length).toBeGreaterThan(0);
  // The last one may have been asked during the write and answered after it.
  expect(new Set(seen.slice(0, -1))).toEqual(new Set([1]));
  expect(await transactions.read(count, null)).toBe(4);
});

it("in memory, where there is no second connection, reads wait for a long write", async () => {
  const transactions = open("memory");
  const long = transactions.writeInSteps(target(), addSlowly);
  await turn();
  expect(await transactions.read(count, null)).toBe(3);
  expect(await long).toBe("done");
});

it("other writes wait for a long one, and fall into no transaction but their own", async () => {
  const transactions = open("file");
  const failing = transactions.writeInSteps(target(), addAndFail);
  await turn();
  const short = transactions.write(target(), add);
  await expect(failing).rejects.toThrow(RangeError);
  await short;
  expect(await transactions.read(count, null)).toBe(1);
});

// Each of them blocked in SQLite until the timer of the next was due, so the event loop stood still until they all gave up.
it("handles of one process that wait for a long write of another one let it go on", async () => {
  const others = Array.from({ length: 8 }, () => open("file"));
  for (const other of others) await other.write(target(), add);
  const long = open("file").writeInSteps(target(), addSlowly);
  const short = others.map((other) => other.write({ ...target(), wait: startWait(3000) }, add));
  await Promise.all(short);
  expect(await long).toBe("done");
  expect(await others[0]?.read(count, null)).toBe(19);
});

it("a long write that fails half-way changes nothing and leaves no transaction open", async () => {
  const transactions = open("file");
  await transactions.write(target(), add);
  await expect(transactions.writeInSteps(target(), addAndFail)).rejects.toThrow(RangeError);
  expect(handles[0]?.isInTransaction).toBe(false);
  expect(await transactions.read(count, null)).toBe(1);
  expect(await open("file").write(target(), add)).toBe(1);
});

// It set its mark one step after it had looked: a write that was called right behind it lost its connection.
it("what runs alone keeps writes and reads out, however close behind they are called", async () => {
  const transactions = open("file");
  await transactions.write(target(), add);
  const events: unknown[] = [];
  const alone = transactions.alone(async () => {
    for (let n = 0; n < 5; n++) await turn();
    events.push("alone");
  });
  const write = transactions.writeInSteps(target(), addSlowly).then((word) => events.push(word));
  const read = transactions.read(count, null).then((rows) => events.push(rows));
  await Promise.all([alone, write, read]);
  expect(events[0]).toBe("alone");
  expect(events).toHaveLength(3);
  expect(await transactions.read(count, null)).toBe(4);
});
