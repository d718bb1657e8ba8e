import { describe, expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { SessionLockError, SessionNotFoundError } from "../src/errors.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import type { SessionStore } from "../src/session-store.js";

/** A store with the session `a`, over memory that takes locks in its own way. */
async function locking(
  acquireLock: (own: MemoryBackend["acquireLock"]) => MemoryBackend["acquireLock"],
): Promise<SessionStore> {
  class Backend extends MemoryBackend {
    override acquireLock: MemoryBackend["acquireLock"] = acquireLock((key, wait) =>
      MemoryBackend.prototype.acquireLock.call(this, key, wait),
    );
  }
  const store = storeOver(new Backend(createMemoryData()));
  await store.create({ id: "a" });
  return store;
}

describe("delete() with expectedRevision", () => {
  it("is false when the session goes away before its lock was had", async () => {
    const store = await locking(() => async ({ id, namespace }) => {
      throw new SessionNotFoundError(id, namespace, "memory");
    });
    expect(await store.delete("a", { expectedRevision: 1 })).toBe(false);
  });

  it("rejects with what the lock rejects with, and keeps the session", async () => {
    const store = await locking(() => async ({ id }) => {
      throw new SessionLockError(id, 5);
    });
    await expect(store.delete("a", { expectedRevision: 1 })).rejects.toMatchObject({
      code: "SESSION_LOCKED",
    });
    expect(await store.exists("a")).toBe(true);
  });

  it("is true when the session is gone, whatever becomes of the lock", async () => {
    const store = await locking((acquire) => async (key, wait) => {
      const lock = await acquire(key, wait);
      const release = lock.release.bind(lock);
      lock.release = async () => {
        await release();
        throw new Error("the lock file cannot be removed");
      };
      return lock;
    });
    expect(await store.delete("a", { expectedRevision: 1 })).toBe(true);
    expect(await store.exists("a")).toBe(false);
  });
});
