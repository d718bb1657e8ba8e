import { describe, expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { digest } from "../src/digest.js";
import { StoreIoError } from "../src/errors.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import { migrate } from "../src/migrate.js";
import { snapshotOf } from "../src/session-snapshot.js";
import type { SessionStore } from "../src/session-store.js";
import { overriding } from "./contract/fault.js";
import { openFragile } from "./contract/fragile-harness.js";
import { FragilePlace, keyText } from "./contract/fragile-place.js";

async function filled(): Promise<SessionStore> {
  const store = await openMemorySessionStore();
  const { id } = await store.create({
    id: "a",
    title: "A",
    messages: [{ role: "user", content: "hello" }],
    labels: ["x"],
  });
  await store.append(id, { role: "assistant", content: "hi" }, { usage: { inputTokens: 3, cached: 1 } });
  await store.fork(id, { id: "b", messageCount: 1 });
  await store
    .inNamespace("tenant")
    .create({ id: "a", title: "another A", state: { deep: [1, { two: null }] } });
  return store;
}

describe("migrate()", () => {
  it("copies every session of every namespace exactly, and a second run changes nothing", async () => {
    const source = await filled();
    const target = await openMemorySessionStore();
    const seen: string[] = [];
    const report = await migrate(source, target, {
      onProgress: ({ namespace, id }) => seen.push(`${namespace}/${id}`),
    });
    expect(report).toEqual({ copied: 3, unchanged: 0, messages: 3, verified: 3, conflicts: [], failed: [] });
    expect(seen).toEqual(["/a", "/b", "tenant/a"]);
    expect(await digest(await snapshotOf(target, "a"))).toBe(await digest(await snapshotOf(source, "a")));
    expect(await target.load("a")).toEqual(await source.load("a"));
    expect(await migrate(source, target)).toMatchObject({ copied: 0, unchanged: 3, verified: 3 });
  });

  it("reports a session that the target holds with other content and leaves it alone", async () => {
    const source = await filled();
    const target = await openMemorySessionStore();
    await target.create({ id: "a", title: "mine" });
    const report = await migrate(source, target);
    expect(report.conflicts).toEqual([{ namespace: "", id: "a" }]);
    expect(report.copied).toBe(2);
    expect((await target.head("a")).title).toBe("mine");
  });

  it("writes nothing in a dry run", async () => {
    const source = await filled();
    const target = await openMemorySessionStore();
    expect(await migrate(source, target, { dryRun: true })).toMatchObject({ copied: 3, verified: 0 });
    expect((await target.list()).sessions).toEqual([]);
  });

  it("ends with the signal's own reason, and a later run completes", async () => {
    const source = await filled();
    const target = await openMemorySessionStore();
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = migrate(source, target, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
    expect(await migrate(source, target)).toMatchObject({ copied: 2, unchanged: 1, verified: 3 });
  });

  it("names the sessions that it cannot read, and says how many more there are", async () => {
    const place = new FragilePlace();
    const source = await openFragile(place, {});
    for (let n = 0; n < 103; n++) await source.create({ id: `damaged ${n}` });
    await source.create({ id: "sound" });
    for (let n = 0; n < 103; n++) place.damaged.set(keyText({ namespace: "", id: `damaged ${n}` }), "head");
    const outcomes: string[] = [];
    const target = await openMemorySessionStore();
    const report = await migrate(source, target, {
      onProgress: ({ outcome }) => void outcomes.push(outcome),
    });
    expect(report).toMatchObject({ copied: 1, conflicts: [] });
    expect(report.failed).toHaveLength(101);
    expect(report.failed.at(-1)).toMatchObject({ id: "", code: "SESSION_CORRUPTED" });
    expect(report.failed.at(-1)?.message).toContain("3 more");
    expect(outcomes.toSorted()).toEqual(["copied", ...Array<string>(101).fill("failed")]);
  });

  it("passes over a session that is deleted from the source after it was listed", async () => {
    const data = createMemoryData();
    const source = storeOver(
      new (class extends MemoryBackend {
        override listPage: MemoryBackend["listPage"] = async (namespace, plan) => {
          const page = await super.listPage(namespace, plan);
          data.delete({ namespace, id: "gone" });
          return page;
        };
      })(data),
    );
    for (const id of ["gone", "stays"]) await source.create({ id });
    const report = await migrate(source, await openMemorySessionStore());
    expect(report).toMatchObject({ copied: 1, conflicts: [], failed: [] });
  });

  it("passes on an error that is none of the library's, instead of counting it as one session's", async () => {
    const own = new RangeError("a defect of the target");
    const target = await openMemorySessionStore();
    const view = overriding(target, {
      exists: async () => {
        throw own;
      },
    });
    const faulty = overriding(target, { inNamespace: () => view });
    await expect(migrate(await filled(), faulty)).rejects.toBe(own);
  });

  it("counts a session that the target refuses as failed, and goes on with the others", async () => {
    const target = await openMemorySessionStore();
    const refusal = new StoreIoError("the target is full");
    const view: SessionStore = overriding(target, {
      restore: async (snapshot, options) => {
        if (snapshot.head.id === "a") throw refusal;
        return await target.restore(snapshot, options);
      },
      close: async () => undefined,
    });
    const outcomes: string[] = [];
    const report = await migrate(await filled(), overriding(target, { inNamespace: () => view }), {
      namespaces: [""],
      onProgress: ({ id, outcome }) => void outcomes.push(`${id} ${outcome}`),
    });
    expect(report).toMatchObject({
      copied: 1,
      failed: [{ namespace: "", id: "a", code: refusal.code, message: refusal.message }],
    });
    expect(outcomes).toEqual(["a failed", "b copied"]);
  });

  it("does not count a session as copied that reads back with other content", async () => {
    const target = await openMemorySessionStore();
    const view: SessionStore = overriding(target, {
      head: async (id) => ({ ...(await target.head(id)), title: "garbled" }),
      close: async () => undefined,
    });
    const report = await migrate(await filled(), overriding(target, { inNamespace: () => view }), {
      namespaces: [""],
    });
    expect(report).toMatchObject({ copied: 0, verified: 0 });
    expect(report.failed.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(report.failed[0]?.message).toContain("reads back");
  });

  it("copies one state of a session that is written to all the time", async () => {
    const source = await openMemorySessionStore();
    await source.create({ id: "busy", messages: [{ content: 0 }] });
    const target = await openMemorySessionStore();
    // Every read of the head is followed by a write, so that only the copy under the lock can succeed.
    let writes = 0;
    const busy = new Proxy(source, {
      get(store, name) {
        const value: unknown = Reflect.get(store, name);
        if (name === "inNamespace") return () => busy;
        if (name === "close") return async () => undefined;
        if (name !== "head")
          return typeof value === "function" ? (value as () => unknown).bind(store) : value;
        return async (id: string) => {
          const head = await store.head(id);
          await store.append(id, { content: ++writes });
          return head;
        };
      },
    });
    expect(await migrate(busy, target)).toMatchObject({ copied: 1, verified: 1, failed: [] });
    const { messages } = await target.load("busy");
    expect(messages).toEqual(messages.map((_, content) => ({ content })));
  });

  // Ctrl-C closes the stores, and the migration reported every session that was left as failed.
  it("ends with STORE_CLOSED when a store is closed meanwhile", async () => {
    const source = await openMemorySessionStore();
    for (const id of ["a", "b", "c"]) await source.create({ id });
    const target = await openMemorySessionStore();
    const told: string[] = [];
    const migrating = migrate(source, target, {
      onProgress: ({ id }) => {
        told.push(id);
        void target.close();
      },
    });
    await expect(migrating).rejects.toMatchObject({ code: "STORE_CLOSED" });
    expect(told).toEqual(["a"]);
  });
});

it.each([
  [{ dryrun: true }],
  [{ dryRun: "yes" }],
  [{ namespace: ["a"] }],
  [{ namespaces: "a" }],
  [{ onProgress: true }],
  [{ signal: 1 }],
  [null],
])("migrate() refuses the options %j before anything is written", async (options) => {
  const target = await openMemorySessionStore();
  await expect(migrate(await filled(), target, options as never)).rejects.toMatchObject({
    code: "INVALID_OPTIONS",
  });
  expect((await target.list()).sessions).toEqual([]);
});

it("migrate() refuses a namespace that cannot be one", async () => {
  const migrating = migrate(await filled(), await openMemorySessionStore(), { namespaces: [null as never] });
  await expect(migrating).rejects.toThrow("The namespace is null");
});
