import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { collect } from "../src/contract/collect.js";
import { collectGarbage } from "../src/contract/collect-garbage.js";
import { createGate } from "../src/contract/gate.js";
import { type InvalidInputError, SessionConflictError } from "../src/errors.js";
import { Lifetime } from "../src/lifetime.js";
import { isInsideLock, runInLockScope } from "../src/lock-scope.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { Message } from "../src/session.js";
import type { BackendLock, SessionKey, Transcript } from "../src/session-backend.js";
import type { MessageRange, SessionStore } from "../src/session-store.js";
import type { Wait } from "../src/wait.js";

const user = (content: string): Message => ({ role: "user", content });

/** Counts the transcripts that are open, and can end one short. */
class ObservedBackend extends MemoryBackend {
  opened = 0;
  endsShort = false;
  releaseError: Error | null = null;
  /** How many of the next reads find their transcript cut. */
  cuts = 0;

  override async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const transcript = await super.openTranscript(key);
    if (transcript === null) return null;
    this.opened += 1;
    const isCut = this.cuts > 0;
    if (isCut) this.cuts -= 1;
    let isOpen = true;
    return {
      head: transcript.head,
      read: (range) => {
        if (isCut) throw new SessionConflictError(key.id, null, null);
        return this.endsShort ? transcript.read({ ...range, first: range.last }) : transcript.read(range);
      },
      close: async () => {
        if (isOpen) this.opened -= 1;
        isOpen = false;
        await transcript.close();
      },
    };
  }

  override async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    const lock = await super.acquireLock(key, wait);
    return {
      key,
      release: async () => {
        await lock.release();
        if (this.releaseError !== null) throw this.releaseError;
      },
    };
  }
}

async function observed(): Promise<{ backend: ObservedBackend; store: SessionStore }> {
  const backend = new ObservedBackend(createMemoryData());
  const store = storeOver(backend);
  await store.create({ id: "a", messages: Array.from({ length: 1000 }, (_, n) => user(`text ${n}`)) });
  return { backend, store };
}

describe("close()", () => {
  // With a close() under way already, one inside a lock body waited for that body: neither ever ended.
  it("inside a lock body rejects SESSION_LOCKED, also when the store is being closed already", async () => {
    const store = await openMemorySessionStore();
    await store.create({ id: "a" });
    const gate = createGate();
    const body = store.withLock("a", async () => {
      await gate.passed;
      await store.close();
    });
    const closing = store.close();
    gate.open();
    await expect(body).rejects.toMatchObject({ code: "SESSION_LOCKED" });
    await closing;
  });

  // A view of a view used to hang on the view that it was taken from.
  it("of a view leaves the views that were taken from it open", async () => {
    const store = await openMemorySessionStore();
    const view = store.inNamespace("a");
    const other = view.inNamespace("b");
    await view.close();
    expect((await other.list()).sessions).toEqual([]);
    await store.close();
    await expect(other.list()).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });

  // search() left half-way kept its transcript, on disk a file descriptor, for ever.
  it("releases what iterations left half-way hold, and ends them with STORE_CLOSED", async () => {
    const { backend, store } = await observed();
    const halfway = [store.messages("a"), store.search("text")].map((items) => items[Symbol.asyncIterator]());
    for (const items of halfway) await items.next();
    expect(backend.opened).toBe(2);
    await store.close();
    expect(backend.opened).toBe(0);
    for (const items of halfway) await expect(items.next()).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });
});

describe("load()", () => {
  // On a backend that reads in pages a save() in between made load() reject, though there was a whole session at every moment.
  it("reads again when the transcript is cut meanwhile, and rejects SESSION_CONFLICT when it always is", async () => {
    const { backend, store } = await observed();
    backend.cuts = 2;
    expect((await store.load("a")).messages).toHaveLength(1000);
    backend.cuts = 100;
    await expect(store.load("a")).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
    expect(backend.opened).toBe(0);
  });
});

describe("messages()", () => {
  // Without a budget a backend that stops short was found out; with one it was a silent short end.
  it("with maxBytes rejects SESSION_CONFLICT when the backend stops short", async () => {
    const { backend, store } = await observed();
    backend.endsShort = true;
    const reading = collect(store.messages("a", { maxBytes: 1e9 }));
    await expect(reading).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
  });

  // Who asks for the newest message takes one entry and never asks for the next: on disk each such reader kept a file descriptor.
  it("holds nothing any more when it hands out the last entry of its range", async () => {
    const { backend, store } = await observed();
    const ranges: readonly (readonly [MessageRange, number])[] = [
      [{ last: 1 }, 1],
      [{ limit: 3 }, 3],
      [{ order: "desc", limit: 700 }, 700],
      [{ last: 5, maxBytes: 1 }, 1],
      [{}, 1000],
    ];
    for (const [range, count] of ranges) {
      const entries = store.messages("a", range)[Symbol.asyncIterator]();
      for (let n = 1; n < count; n++) await entries.next();
      expect((await entries.next()).done).toBe(false);
      expect([range, backend.opened]).toEqual([range, 0]);
      expect((await entries.next()).done).toBe(true);
    }
  });

  it("is not kept until close() when it was left at the last entry of its range", async () => {
    const { store } = await observed();
    const left: WeakRef<object>[] = [];
    const peek = async (): Promise<void> => {
      for (const items of [store.messages("a", { last: 1 }), store.search("text", { limit: 1 })]) {
        const { value } = await items[Symbol.asyncIterator]().next();
        left.push(new WeakRef(value as object));
      }
    };
    await peek();
    for (let turn = 0; turn < 10; turn++) await new Promise((resume) => setImmediate(resume));
    expect(collectGarbage()).toBe(true);
    expect(left.map((value) => value.deref())).toEqual([undefined, undefined]);
  });
});

describe("search()", () => {
  it("holds nothing any more when it hands out the hit that reaches its limit", async () => {
    const { backend, store } = await observed();
    for (const limit of [1, 3]) {
      const hits = store.search("text", { limit })[Symbol.asyncIterator]();
      for (let n = 1; n <= limit; n++) expect((await hits.next()).done).toBe(false);
      expect(backend.opened).toBe(0);
      expect((await hits.next()).done).toBe(true);
    }
  });
});

describe("backup()", () => {
  class FailingBackend extends MemoryBackend {
    readonly error: unknown;

    constructor(error: unknown) {
      super(createMemoryData());
      this.error = error;
    }

    override async backup(): Promise<void> {
      throw this.error;
    }
  }

  const failure = async (error: unknown): Promise<unknown> =>
    await storeOver(new FailingBackend(error))
      .backup("/there/copy")
      .catch((thrown: unknown) => thrown);

  // The error of a full disk named the store, which lies on another.
  it("names its target in what the system says while the copy is made", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(await failure(full)).toMatchObject({ code: "STORE_IO", location: "/there/copy", cause: full });
    expect(await failure("odd")).toMatchObject({ code: "STORE_IO", location: "/there/copy" });
  });

  it("names the store in what the system says of a file of the store", async () => {
    const { location } = new FailingBackend(null);
    const denied = Object.assign(new Error("EACCES"), { path: location });
    expect(await failure(denied)).toMatchObject({ code: "STORE_IO", location, cause: denied });
  });
});

describe("fork()", () => {
  it("rejects SESSION_CONFLICT, and makes nothing, when the backend stops short", async () => {
    const { backend, store } = await observed();
    backend.endsShort = true;
    await expect(store.fork("a", { id: "b" })).rejects.toMatchObject({ code: "SESSION_CONFLICT" });
    expect([await store.exists("b"), backend.opened]).toEqual([false, 0]);
  });
});

describe("withLock()", () => {
  it("releases an iteration that its body left half-way, which then rejects SESSION_LOCKED", async () => {
    const { backend, store } = await observed();
    const items = await store.withLock("a", async (session) => {
      const iteration = session.messages()[Symbol.asyncIterator]();
      await iteration.next();
      return { iteration };
    });
    expect(backend.opened).toBe(0);
    await expect(items.iteration.next()).rejects.toMatchObject({ code: "SESSION_LOCKED" });
  });

  // The failed release used to hide why the body had failed.
  it("passes on what its body throws, even when the lock cannot be let go", async () => {
    const { backend, store } = await observed();
    backend.releaseError = new Error("release");
    const own = new Error("the caller's own");
    await expect(store.withLock("a", () => Promise.reject(own))).rejects.toBe(own);
    await expect(store.withLock("a", async () => 1)).rejects.toMatchObject({ code: "STORE_IO" });
  });

  it.each([{}, null, "now"])("rejects INVALID_OPTIONS for %j as a signal", async (signal) => {
    const { store } = await observed();
    const locking = store.withLock("a", async () => 1, { signal: signal as never });
    await expect(locking).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("refuses repair() of its own session at once", async () => {
    const { store } = await observed();
    await store.withLock("a", async () => {
      await expect(store.repair("a")).rejects.toMatchObject({ code: "SESSION_LOCKED" });
    });
  });

  // A task that each body started anew carried every body before it: memory and each check grew with the number of locks ever taken.
  it("forgets the bodies that have ended", async () => {
    const lifetime = new Lifetime("x", null);
    let depth = 0;
    const visit = async (): Promise<number> => {
      let visited = 0;
      isInsideLock(({ session }) => {
        visited += session === "" ? 0 : 1;
        return false;
      });
      if (depth++ === 50) return visited;
      const next = await runInLockScope({ store: {}, session: String(depth), lifetime }, async () => {
        return { later: new Promise<number>((resolve) => setImmediate(() => resolve(visit()))) };
      });
      return await next.later;
    };
    expect(await visit()).toBe(0);
  });
});

describe("update()", () => {
  // `instanceof Promise` missed promises of another realm: the change was taken for an empty one, and its rejection was unhandled.
  it("rejects INVALID_VALUE for a function whose promise comes from another realm", async () => {
    const { store } = await observed();
    const change = runInNewContext("async () => { throw new Error('unhandled') }") as () => never;
    await expect(store.update("a", change)).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });

  // A very long path overflowed the stack, one with a hole set the wrong place, and a key of another type broke the message.
  it.each([
    ["far too long", Array.from({ length: 50_000 }, () => "k")],
    ["with a hole", ["a"].concat(new Array(2))],
    ["that is a BigInt", 1n],
    ["with an object", [{}]],
  ])("rejects INVALID_VALUE for a path %s", async (_name, path) => {
    const { store } = await observed();
    const updating = store.update("a", { set: [[path, 1]] as never });
    await expect(updating).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });
});

describe("create()", () => {
  // A value without own keys was taken for an empty object: what it held was lost in silence.
  it.each([
    ["a promise", Promise.resolve({ title: "T" })],
    ["a Map", new Map([["title", "T"]])],
    ["a Map as metadata", { metadata: new Map([["a", 1]]) }],
    ["a Map as usage", { usage: new Map([["a", 1]]) }],
    ["a Date as metadata", { metadata: new Date(0) }],
  ])("rejects INVALID_VALUE for %s", async (_name, init) => {
    const store = await openMemorySessionStore();
    await expect(store.create(init as never)).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });
});

describe("the clock", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.7e15, "now", 5n])(
    "that returns %s makes writes reject INVALID_OPTIONS",
    async (time) => {
      const store = await openMemorySessionStore({ clock: () => time as number });
      await expect(store.create()).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
      await expect(store.create({ id: "a" })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    },
  );

  it("passes on what it throws, in fork() too", async () => {
    const own = new RangeError("the caller's own");
    let isBroken = false;
    const clock = (): number => {
      if (isBroken) throw own;
      return 1;
    };
    const store = await openMemorySessionStore({ clock });
    await store.create({ id: "a" });
    isBroken = true;
    await expect(store.fork("a")).rejects.toBe(own);
    await expect(store.fork("a", { id: "b" })).rejects.toBe(own);
    await expect(store.append("a", user("1"))).rejects.toBe(own);
  });
});

describe("restore()", () => {
  // The size of each entry was estimated before the entry had been checked, along every path of a value that refers to itself.
  it("refuses at once a message that refers to itself many times", async () => {
    const store = await openMemorySessionStore();
    const head = await store.create({ id: "a", messages: [user("1")] });
    const message: Record<string, unknown> = {};
    for (let n = 0; n < 40; n++) message[`k${n}`] = message;
    const entries = [{ seq: 1, at: head.createdAt, message: message as never }];
    await expect(store.restore({ head, entries })).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });

  it("passes on what an entry's accessor throws", async () => {
    const store = await openMemorySessionStore();
    const head = await store.create({ id: "a", messages: [user("1")] });
    const own = new RangeError("the caller's own");
    const entry = {
      seq: 1,
      at: head.createdAt,
      get message(): Message {
        throw own;
      },
    };
    await expect(store.restore({ head, entries: [entry] })).rejects.toBe(own);
  });
});

it("an error's path names the argument, or the place in it, and is never prose", async () => {
  const store = await openMemorySessionStore();
  const head = { ...(await store.create({ id: "a" })), messageCount: 1 };
  const pathOf = async (call: () => Promise<unknown>): Promise<unknown> =>
    await call().then(
      () => "nothing",
      (error: unknown) => (error as InvalidInputError).path,
    );
  const parent = { id: "a", messageCount: 0, at: 1 };
  const paths = await Promise.all(
    [
      () => store.list("x" as never),
      () => store.list({ color: 1 } as never),
      () => store.create([] as never),
      () => store.create({ parent } as never),
      () => store.append("a", {}, "x" as never),
      () => store.update("a", 1 as never),
      () => store.restore(null as never),
      () => store.restore({ head: 1, entries: [] } as never),
      () => store.restore({ head, entries: [{ seq: 1, id: 1 }] } as never),
    ].map(pathOf),
  );
  const expected = ["query", "color", "init", "parent.at", "options", "change", "snapshot", "head"];
  expect(paths).toEqual([...expected, "entries[0].id"]);
});

it("times that restore() was given stay as they are; what is appended later is not before updatedAt", async () => {
  const year = (number: number): string => `${number}-01-01T00:00:00.000Z`;
  const store = await openMemorySessionStore({ clock: () => Date.parse(year(2026)) });
  const head = { ...(await store.create({ id: "a" })), messageCount: 2, updatedAt: year(2030) };
  const entries = [year(2031), year(2019)].map((at, index) => ({ seq: index + 1, at, message: {} }));
  await store.restore({ head, entries });
  await store.append("a", { role: "user" });
  const times: string[] = [];
  for await (const { at } of store.messages("a")) times.push(at);
  expect(times).toEqual([year(2031), year(2019), year(2030)]);
});
