import { describe, expect, it, vi } from "vitest";
import { collect } from "../src/contract/collect.js";
import { digest } from "../src/digest.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { Entry } from "../src/session.js";
import { TimeSlice } from "../src/time-slice.js";

const AT = "2026-01-01T00:00:00.000Z";

/** How often the event loop went round while `work` was under way. */
async function roundsDuring(work: () => Promise<unknown>): Promise<number> {
  let rounds = 0;
  let isOver = false;
  const count = (): void => {
    rounds += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return rounds;
}

// Each of these took one turn of the event loop, hundreds of milliseconds long: neither an array of entries nor a store in memory
// ever waits for anything by itself.
describe("the event loop goes round", () => {
  it("during digest() and restore() of an array of entries", async () => {
    const store = await openMemorySessionStore();
    const head = { ...(await store.create({ id: "a" })), messageCount: 30_000 };
    const entries: Entry[] = Array.from({ length: 30_000 }, (_, n) => ({
      seq: n + 1,
      at: AT,
      message: { role: "user", content: "text ".repeat(20) },
    }));
    expect(await roundsDuring(() => digest({ head, entries }))).toBeGreaterThan(0);
    expect(await roundsDuring(() => store.restore({ head, entries }))).toBeGreaterThan(0);
  });

  it("during load() and search() of large messages", async () => {
    const store = await openMemorySessionStore();
    const content = "Ab ".repeat(60_000);
    await store.create({ id: "a", messages: Array.from({ length: 200 }, () => ({ role: "user", content })) });
    expect(await roundsDuring(() => store.load("a"))).toBeGreaterThan(0);
    expect(await roundsDuring(() => collect(store.search("absent")))).toBeGreaterThan(0);
  });

  it("during a loop of awaited calls that are each done at once", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    // Calls until somebody else had a turn, or far longer than that may take.
    let hadTurn = false;
    setImmediate(() => {
      hadTurn = true;
    });
    for (let calls = 0; !hadTurn && calls < 200_000; calls++) await store.head("a");
    expect(hadTurn).toBe(true);
  });
});

describe("a slice of time", () => {
  it("ends after a while, and when somebody sets the clock back", () => {
    const clock = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
    const slice = new TimeSlice();
    const states = [1_000_000, 1_000_007, 1_000_008, 999_999].map((now) => {
      clock.mockReturnValue(now);
      return slice.isOver;
    });
    clock.mockRestore();
    expect(states).toEqual([false, false, true, true]);
  });

  // The first call of a program that had loaded other things meanwhile waited for a turn of the event loop.
  it("begins with the first call of a store, however long ago that was opened", async () => {
    const store = await openMemorySessionStore();
    const now = Date.now() + 60_000;
    const clock = vi.spyOn(Date, "now").mockReturnValue(now);
    expect(await roundsDuring(() => store.exists("a"))).toBe(0);
    clock.mockReturnValue(now + 1000);
    expect(await roundsDuring(() => store.exists("a"))).toBeGreaterThan(0);
    clock.mockRestore();
  });
});
