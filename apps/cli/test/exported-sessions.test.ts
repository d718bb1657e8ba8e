import type { SessionStore } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { allIds, ExportedSessions } from "../src/exported-sessions.js";
import { withInterruption } from "./with-interruption.js";

async function newStore(): Promise<SessionStore> {
  const store = await openMemorySessionStore();
  onTestFinished(async () => await store.close());
  for (const id of ["a", "b", "c"]) await store.create({ id, messages: [{ role: "user", content: id }] });
  return store;
}

function exported(store: SessionStore, ids: AsyncIterable<string> | Iterable<string>, areNamed: boolean) {
  const { signal } = new AbortController();
  return new ExportedSessions(store, ids, { signal, areNamed, onSession: () => undefined });
}

async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe("exported sessions", () => {
  // One session less, and the whole export failed and took its file away.
  it("pass over what somebody deletes while all are exported, and count it", async () => {
    const store = await newStore();
    const sessions = exported(store, allIds(store), false);
    const ids: string[] = [];
    for await (const { head } of sessions) {
      ids.push(head.id);
      await store.delete("b");
    }
    expect(ids).toEqual(["a", "c"]);
    expect(sessions).toMatchObject({ sessions: 2, messages: 2, gone: 1 });
  });

  it("pass over what is deleted between its head and its messages", async () => {
    const store = await newStore();
    const racing = withInterruption(store, "b", async () => await store.delete("b"));
    const ids: string[] = [];
    for await (const { head } of exported(racing, allIds(racing), false)) ids.push(head.id);
    expect(ids).toEqual(["a", "c"]);
  });

  it("leave with head and messages of one moment, also where somebody writes meanwhile", async () => {
    const store = await newStore();
    const replace = async () =>
      await store.append("b", [{ role: "user", content: "new" }], { replaceFrom: 1 });
    const [session] = await collect(exported(withInterruption(store, "b", replace), ["b"], true));
    expect(session?.head.revision).toBe(2);
    expect(await collect(session?.entries ?? [])).toMatchObject([{ message: { content: "new" } }]);
  });

  it("leave whole where they are larger than what is held in memory", async () => {
    const store = await newStore();
    const content = "x".repeat(3 * 1024 * 1024);
    await store.create({
      id: "large",
      messages: Array.from({ length: 3 }, () => ({ role: "user", content })),
    });
    const seen: unknown[] = [];
    for await (const { entries } of exported(store, ["large"], true)) seen.push(await collect(entries));
    expect(seen).toEqual([await collect(store.messages("large"))]);
  });

  it("leave whole also where there is no room for a temporary file", async () => {
    vi.stubEnv("TMPDIR", "/does/not/exist");
    onTestFinished(() => void vi.unstubAllEnvs());
    const store = await newStore();
    const content = "x".repeat(3 * 1024 * 1024);
    await store.create({
      id: "large",
      messages: Array.from({ length: 4 }, () => ({ role: "user", content })),
    });
    const seen: unknown[] = [];
    for await (const { entries } of exported(store, ["large"], true)) seen.push(await collect(entries));
    expect(seen).toEqual([await collect(store.messages("large"))]);
  });

  // One large session that went while it was read failed the whole export.
  it("pass over what is deleted in the middle of its messages, however large it is", async () => {
    const store = await newStore();
    const content = "x".repeat(1024 * 1024);
    await store.create({ id: "b2", messages: Array.from({ length: 9 }, () => ({ role: "user", content })) });
    const gone = async (): Promise<unknown> => {
      await store.delete("b2");
      return await store.head("b2");
    };
    const sessions = exported(withInterruption(store, "b2", gone, 7), allIds(store), false);
    const ids: string[] = [];
    for await (const { head, entries } of sessions) {
      await collect(entries);
      ids.push(head.id);
    }
    expect(ids).toEqual(["a", "b", "c"]);
    expect(sessions).toMatchObject({ sessions: 3, gone: 1 });
  });

  it("that were named and are gone are an error", async () => {
    const store = await newStore();
    await store.delete("b");
    await expect(collect(exported(store, ["a", "b"], true))).rejects.toMatchObject({
      code: "SESSION_NOT_FOUND",
      sessionId: "b",
    });
  });
});
