import { describe, expect, it } from "vitest";
import { createGate } from "../src/contract/gate.js";
import { createMemoryData } from "../src/memory-data.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { Message } from "../src/session.js";
import type { SessionStore } from "../src/session-store.js";
import type { StandardSchemaV1 } from "../src/standard-schema.js";

const user = (content: string): Message => ({ role: "user", content });

/** Passes every message; `answer` decides when. */
function schemaOf(answer: (value: unknown) => { value: Message } | Promise<{ value: Message }>): {
  message: StandardSchemaV1<unknown, Message>;
} {
  return { message: { "~standard": { version: 1, vendor: "test", validate: answer } } };
}

async function textsOf(store: SessionStore, id: string): Promise<unknown[]> {
  return (await store.load(id)).messages.map(({ content }) => content);
}

// A write used to join the queue after its input had been checked, and checks take unequally many turns of the microtask queue: a
// truncate() overtook the append() called before it, and a small batch overtook a larger one.
describe("writes that are not awaited happen in the order of the calls", () => {
  it("append() then truncate()", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    await Promise.all([store.append("a", [user("1"), user("2")]), store.truncate("a", 0)]);
    expect(await textsOf(store, "a")).toEqual([]);
  });

  it("append() then delete()", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    const [head, deleted] = await Promise.all([store.append("a", user("1")), store.delete("a")]);
    expect([head.messageCount, deleted]).toEqual([1, true]);
  });

  it("create() with messages, then append(), under a schema that answers later for one of them", async () => {
    const slow = createGate();
    const store = await openMemorySessionStore({
      schema: schemaOf(async (value) => {
        if ((value as Message).content === "1") await slow.passed;
        return { value: value as Message };
      }),
    });
    const writes = [
      store.create({ id: "a", messages: [user("1"), user("2"), user("3")] }),
      store.append("a", user("4")),
    ];
    slow.open();
    await Promise.all(writes);
    expect(await textsOf(store, "a")).toEqual(["1", "2", "3", "4"]);
  });

  it("a refused write keeps nobody waiting and is refused at once", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    const gate = createGate();
    const body = store.withLock("a", async () => await gate.passed);
    await expect(store.append("a", [7 as never])).rejects.toMatchObject({ code: "INVALID_VALUE" });
    const after = store.append("a", user("1"));
    gate.open();
    await body;
    expect((await after).messageCount).toBe(1);
  });
});

// A message behind one that a schema answered for, and every message given to the handle of a lock, was read only after the call.
describe("what was passed in may be changed as soon as the call has returned", () => {
  it("append() under a schema that answers at once", async () => {
    const store = await openMemorySessionStore({
      schema: schemaOf((value) => ({ value: value as Message })),
    });
    await store.create({ id: "a" });
    const [first, second] = [user("1"), user("2")];
    const appending = store.append("a", [first, second]);
    first.content = second.content = "changed";
    await appending;
    expect(await textsOf(store, "a")).toEqual(["1", "2"]);
  });

  it("append() and update() of a lock's handle", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    await store.withLock("a", async (session) => {
      const message = user("1");
      const path = ["x"];
      const writes = [session.append(message), session.update({ set: [[path, 1]] })];
      message.content = "changed";
      path[0] = "y";
      await Promise.all(writes);
    });
    expect(await textsOf(store, "a")).toEqual(["1"]);
    expect((await store.head("a")).state).toEqual({ x: 1 });
  });
});

describe("the handle of a lock", () => {
  it("reads what was written before, awaited or not", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    await store.withLock("a", async (session) => {
      void session.append([user("1"), user("2")]);
      const seen: unknown[] = [];
      for await (const { message } of session.messages()) seen.push(message.content);
      expect(seen).toEqual(["1", "2"]);
    });
  });

  it("waits for the writes that the body left under way before the lock is released", async () => {
    const data = createMemoryData();
    const [store, other] = [await openMemorySessionStore({ data }), await openMemorySessionStore({ data })];
    await store.create({ id: "a" });
    const floating: Promise<unknown>[] = [];
    await store.withLock("a", async (session) => {
      for (const text of ["1", "2", "3"]) floating.push(session.append(user(text)));
    });
    expect(await textsOf(other, "a")).toEqual(["1", "2", "3"]);
    await Promise.all(floating);
  });
});

describe("a message schema", () => {
  it("that throws for one message while it still works on another leaves no rejection unhandled", async () => {
    const own = new RangeError("the caller's own");
    const store = await openMemorySessionStore({
      schema: schemaOf((value) => {
        if ((value as Message).content === "2") throw own;
        return Promise.reject(new Error("later"));
      }),
    });
    await store.create({ id: "a" });
    await expect(store.append("a", [user("1"), user("2")])).rejects.toBeInstanceOf(Error);
    expect((await store.head("a")).messageCount).toBe(0);
  });
});
