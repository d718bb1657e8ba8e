import { startWait } from "@agent-sessions/core/backend";
import { describe, expect, it } from "vitest";
import { enterProcessQueue, isInProcessQueue } from "../src/process-queue.js";

describe("enterProcessQueue()", () => {
  it("lets waiters in one at a time, in the order in which they came", async () => {
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const leave = await enterProcessQueue("order", startWait(10_000), "a");
        expect(++inside).toBe(1);
        order.push(n);
        await new Promise<void>((resume) => setImmediate(resume));
        inside--;
        leave();
      }),
    );
    expect(order).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(isInProcessQueue("order")).toBe(false);
  });

  it("gives up after the time or when the signal aborts, and those behind move up", async () => {
    const leave = await enterProcessQueue("give up", startWait(0), "a");
    await expect(enterProcessQueue("give up", startWait(0), "a")).rejects.toMatchObject({
      code: "SESSION_LOCKED",
      timeoutMs: 0,
    });
    const abort = new AbortController();
    const reason = new Error("enough");
    const late = enterProcessQueue("give up", startWait(10), "a");
    const aborted = enterProcessQueue("give up", startWait(10_000, abort.signal), "a");
    const patient = enterProcessQueue("give up", startWait(10_000), "a");
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(late).rejects.toMatchObject({ code: "SESSION_LOCKED" });
    leave();
    (await patient)();
    expect(isInProcessQueue("give up")).toBe(false);
  });
});
