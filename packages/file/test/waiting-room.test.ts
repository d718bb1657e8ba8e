import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadKernelLock } from "../src/kernel-lock.js";
import { beginTurn, isTurnOver, noteRelease } from "../src/lock-turns.js";
import { isAwaited, LockWaiter, removeRoom } from "../src/waiting-room.js";

let folder = "";
let now = 0;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "agent-sessions-waiting-"));
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function someWaiter(deadline: number = Number.POSITIVE_INFINITY): Promise<LockWaiter> {
  return new LockWaiter(join(folder, "a.lock"), join(folder, "a.wait"), await loadKernelLock(), { deadline });
}

describe("LockWaiter", () => {
  it("takes a lock that is free at once, without a waiting room", async () => {
    const waiter = await someWaiter();
    const fd = waiter.attempt();
    expect([fd, fs.readdirSync(folder)]).toEqual([expect.any(Number), ["a.lock"]]);
    waiter.end();
    fs.closeSync(fd ?? -1);
  });

  it("is served in the order of arrival once it has waited for a while, whoever tries first, and nobody passes it", async () => {
    const [holder, first, second, third, late] = [
      await someWaiter(),
      await someWaiter(),
      await someWaiter(),
      await someWaiter(),
      await someWaiter(),
    ];
    const held = holder.attempt() ?? -1;
    expect([first.attempt(), first.isNearlyNext]).toEqual([null, false]);
    now += 26;
    for (const waiter of [first, second, third]) expect(waiter.attempt()).toBeNull();
    expect([first, second, third].map((waiter) => waiter.isNearlyNext)).toEqual([true, true, false]);
    fs.closeSync(held);
    for (const waiter of [late, third, second]) expect(waiter.attempt()).toBeNull();
    for (const [next, ...others] of [
      [first, second, third, late],
      [second, third, late],
      [third, late],
      [late],
    ]) {
      const taken = next?.attempt() ?? null;
      expect(taken).not.toBeNull();
      next?.end();
      for (const other of others.reverse()) expect(other.attempt()).toBeNull();
      fs.closeSync(taken ?? -1);
      for (const other of others) if (!other.isNearlyNext) expect(other.attempt()).toBeNull();
    }
    expect(fs.readdirSync(folder)).toEqual(["a.lock"]);
  });

  it("stands at the door while every seat is taken", async () => {
    const waiters = await Promise.all(Array.from({ length: 17 }, () => someWaiter()));
    const held = (await someWaiter()).attempt() ?? -1;
    now += 26;
    for (const waiter of waiters) waiter.attempt();
    expect(fs.readdirSync(folder).filter((name) => name !== "a.lock")).toHaveLength(16);
    for (const waiter of waiters) waiter.end();
    fs.closeSync(held);
    expect(fs.readdirSync(folder)).toEqual(["a.lock"]);
  });

  it("passes by a waiting room whose waiter was killed, and takes it away", async () => {
    fs.writeFileSync(join(folder, "a.wait0"), "");
    const waiter = await someWaiter();
    const fd = waiter.attempt();
    waiter.end();
    expect([fd, fs.readdirSync(folder)]).toEqual([expect.any(Number), ["a.lock"]]);
    fs.closeSync(fd ?? -1);
  });

  // A waiter that was stopped (kill -STOP, a debugger) kept everybody from a lock that nobody held.
  it("takes a lock that is left alone, however long the one before it in the waiting room does not", async () => {
    const [stopped, waiter] = [await someWaiter(), await someWaiter()];
    const held = (await someWaiter()).attempt();
    now += 26;
    for (const who of [stopped, waiter]) expect(who.attempt()).toBeNull();
    /** How often it is in vain until the lock is had; or the number of tries, when it is not. */
    const triesInVain = (tries: number): number => {
      for (let n = 0; n < tries; n++, now += 10) {
        const fd = waiter.attempt();
        if (fd === null) continue;
        fs.closeSync(fd);
        return n;
      }
      return tries;
    };
    expect(triesInVain(100)).toBe(100);
    fs.closeSync(held ?? -1);
    expect(triesInVain(100)).toBeGreaterThan(10);
    expect(stopped.isNearlyNext).toBe(true);
    for (const who of [stopped, waiter]) who.end();
    expect(fs.readdirSync(folder)).toEqual(["a.lock"]);
  });

  it("tries the lock once, whoever is the next, when its time is over: also with no time at all", async () => {
    const first = await someWaiter();
    const held = (await someWaiter()).attempt() ?? -1;
    now += 26;
    expect(first.attempt()).toBeNull();
    for (const late of [await someWaiter(now), await someWaiter(now + 5)]) {
      now += 5;
      expect([late.attempt(), late.isNearlyNext]).toEqual([null, false]);
    }
    fs.closeSync(held);
    const fd = (await someWaiter(now)).attempt();
    expect(fd).not.toBeNull();
    fs.closeSync(fd ?? -1);
    first.end();
  });

  it("leaves its place to others when the room cannot be taken away", async () => {
    const [holder, waiter] = [await someWaiter(), await someWaiter()];
    const held = holder.attempt() ?? -1;
    now += 26;
    waiter.attempt();
    fs.unlinkSync(join(folder, "a.wait0"));
    waiter.end();
    expect(waiter.isNearlyNext).toBe(false);
    fs.closeSync(held);
  });
});

describe("removeRoom()", () => {
  it("removes a room that nobody waits in, and no other", async () => {
    const [tryLock, path] = [await loadKernelLock(), join(folder, "a.wait")];
    removeRoom(path, tryLock);
    for (const seat of [0, 3]) fs.writeFileSync(`${path}${seat}`, "");
    removeRoom(path, tryLock);
    expect(fs.readdirSync(folder)).toEqual([]);
    const [holder, waiter] = [await someWaiter(), await someWaiter()];
    const held = holder.attempt() ?? -1;
    now += 26;
    waiter.attempt();
    removeRoom(path, tryLock);
    expect(isAwaited(path)).toBe(true);
    waiter.end();
    fs.closeSync(held);
  });
});

describe("isTurnOver()", () => {
  /** Takes a lock and lets it go, some milliseconds later. */
  function hold(path: string, milliseconds: number): void {
    const takenAt = now;
    now += milliseconds;
    noteRelease(path, takenAt);
  }

  it("is true of a lock that was taken again and again for a while, not of one that was left alone", () => {
    expect(isTurnOver("a")).toBe(false);
    for (let n = 0; n < 5; n++) hold("a", 5);
    expect(isTurnOver("a")).toBe(false);
    hold("a", 1);
    expect([isTurnOver("a"), isTurnOver("b")]).toEqual([true, false]);
    now += 25;
    expect(isTurnOver("a")).toBe(false);
    hold("a", 5);
    expect(isTurnOver("a")).toBe(false);
    hold("a", 30);
    expect(isTurnOver("a")).toBe(true);
    beginTurn("a");
    expect(isTurnOver("a")).toBe(false);
  });

  it("forgets the turn that was noted longest ago when there are very many", () => {
    hold("first", 100);
    for (let n = 0; n < 255; n++) noteRelease(`other ${n}`, now);
    expect(isTurnOver("first")).toBe(true);
    noteRelease("one more", now);
    expect(isTurnOver("first")).toBe(false);
  });
});
