import { describe, expect, it } from "vitest";
import { startWait } from "../src/wait.js";
import { WriteQueue } from "../src/write-queue.js";

describe("WriteQueue", () => {
  it("gives turns in the order they were asked for, per key", async () => {
    const queue = new WriteQueue();
    const order: number[] = [];
    const first = await queue.turn("a", startWait(1000), "a");
    const others = [1, 2, 3].map(async (number) => {
      const end = await queue.turn("a", startWait(1000), "a");
      order.push(number);
      end();
    });
    (await queue.turn("b", startWait(0), "b"))();
    first();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  it("rejects SESSION_LOCKED at once for a wait of 0, and lets the next one through", async () => {
    const queue = new WriteQueue();
    const end = await queue.turn("a", startWait(0), "a");
    await expect(queue.turn("a", startWait(0), "a")).rejects.toMatchObject({
      code: "SESSION_LOCKED",
      timeoutMs: 0,
    });
    end();
    end();
    (await queue.turn("a", startWait(0), "a"))();
  });

  it("ends a wait with the signal's own reason and keeps the order of the others", async () => {
    const queue = new WriteQueue();
    const end = await queue.turn("a", startWait(1000), "a");
    const controller = new AbortController();
    const reason = { mine: true };
    const aborted = queue.turn("a", startWait(1000, controller.signal), "a");
    const next = queue.turn("a", startWait(1000), "a");
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(queue.turn("a", startWait(1000, controller.signal), "a")).rejects.toBe(reason);
    end();
    (await next)();
  });
});
