import { describe, expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import { startWait } from "../src/wait.js";

describe("openMemorySessionStore()", () => {
  it("refuses data that did not come from createMemoryData(), and a clock that is no function", async () => {
    for (const options of [{ data: {} }, { clock: 5 }])
      await expect(openMemorySessionStore(options as never)).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
        path: Object.keys(options)[0],
      });
  });

  it("says how to keep what is in memory, because it cannot be backed up", async () => {
    const store = await openMemorySessionStore();
    const backup = store.backup("/somewhere");
    await expect(backup).rejects.toMatchObject({ code: "STORE_IO" });
    await expect(backup).rejects.toThrow("migrate()");
  });

  it("forgets the oldest operation of a session, so that what it remembers stays bounded", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    const again = async (operationId: string): Promise<number> =>
      (await store.append("a", { role: "user", content: "x" }, { operationId })).messageCount;
    for (let n = 0; n <= 200; n++) await again(`operation ${n}`);
    expect(await again("operation 1")).toBe(201);
    expect(await again("operation 0")).toBe(202);
  });
});

it("a lock of MemoryData that is released twice does not take the next holder's away", async () => {
  const data = createMemoryData();
  const key = { namespace: "", id: "a" };
  const first = data.tryLock(key) ?? expect.unreachable();
  await first.release();
  const second = data.tryLock(key) ?? expect.unreachable();
  await first.release();
  expect([data.tryLock(key), data.isLocked(key, null)]).toEqual([null, true]);
  await second.release();
  expect(data.isLocked(key, null)).toBe(false);
});

describe("MemoryBackend", () => {
  it("refuses a decision to leave a session as it is that does not exist", async () => {
    const backend = new MemoryBackend(createMemoryData());
    const mutation = backend.mutate({ namespace: "", id: "a" }, () => null, {
      wait: startWait(0),
      lock: null,
      operationId: null,
    });
    await expect(mutation).rejects.toThrow(TypeError);
  });
});

it("what a backend throws becomes STORE_IO with its text, whether it is an Error or not", async () => {
  for (const thrown of [new Error("the disk is gone"), "the disk is gone"]) {
    const store = storeOver(
      new (class extends MemoryBackend {
        override async readHead(): Promise<never> {
          throw thrown;
        }
      })(createMemoryData()),
    );
    await expect(store.head("a")).rejects.toMatchObject({ code: "STORE_IO", cause: thrown });
    await expect(store.head("a")).rejects.toThrow("the disk is gone");
  }
});
