import { rejects, rejectsWith, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { createGate } from "./gate.js";
import { observe } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";
import { writesTo } from "./writes-to.js";

export const lockBodyClauses: readonly Clause[] = clauseGroup("locks", [
  {
    id: "lock.holder-writes",
    title: "the holder writes and reads through its handle without deadlock, and everybody sees it at once",
    async run({ open }) {
      const [store, reader] = [await open(), await open()];
      await store.create({ id: "a", messages: numbered(1, 2) });
      const result = await store.withLock("a", async (session) => {
        same(session.id, "a", "the id of the handle");
        const head = await session.append(numbered(3, 4), {
          usage: { inputTokens: 1 },
          expectedRevision: 1,
          operationId: "op",
        });
        same([head.revision, head.messageCount], [2, 4], "what append() returns");
        same((await reader.head("a")).messageCount, 4, "what another handle sees at once");
        await rejects(
          "SESSION_CONFLICT",
          session.append(user("x"), { expectedRevision: 1 }),
          "a stale append() by the holder",
        );
        await session.update({ title: "T" });
        await session.update(({ title }) => ({ set: { "was.titled": title } }));
        await session.truncate(3);
        same((await session.load()).messages, numbered(1, 3), "load() through the handle");
        same(
          (await collect(session.messages({ last: 1 }))).map(({ seq }) => seq),
          [3],
          "messages() through the handle",
        );
        await session.save({ messages: numbered(1, 5) });
        const both = await Promise.all([session.append(user("one")), session.append(user("two"))]);
        same(
          both.map(({ messageCount }) => messageCount),
          [6, 7],
          "two appends at once through the handle",
        );
        return session.head();
      });
      same(result, await reader.head("a"), "what withLock() returns is what the body returned");
      same(
        [result.title, result.state, result.revision],
        ["T", { was: { titled: "T" } }, 8],
        "the head afterwards",
      );
      same(
        await textsOf(reader, "a"),
        ["message 1", "message 2", "message 3", "message 4", "message 5", "one", "two"],
        "the messages",
      );
    },
  },
  {
    id: "lock.released-on-throw",
    title: "what the body throws passes through unchanged, what it wrote stays, and the lock is free",
    async run({ open }) {
      const [store, other] = [await open(), await open({ lockTimeoutMs: 0 })];
      await store.create({ id: "a" });
      for (const thrown of [new Error("the caller's own"), "a text", undefined]) {
        const failing = store.withLock("a", async (session) => {
          await session.append(user("stays"));
          throw thrown;
        });
        await rejectsWith(thrown, failing, "what the body throws");
        await other.append("a", user("after"));
        await other.withLock("a", async () => undefined, { timeoutMs: 0 });
      }
      const synchronous = store.withLock("a", () => {
        throw new RangeError("thrown at once");
      });
      await synchronous.then(
        () => same("resolved", "rejected", "a body that throws before it returns a promise"),
        (error: unknown) =>
          same((error as Error).name, "RangeError", "what a body throws before it returns a promise"),
      );
      await other.append("a", user("after"));
      same((await other.head("a")).messageCount, 7, "messages afterwards");
    },
  },
  {
    id: "lock.own-outer-handle",
    title:
      "writes through the outer handle inside its own body reject SESSION_LOCKED at once; reads and other sessions go on",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      await store.create({ id: "b" });
      const view = store.inNamespace("tenant");
      await view.create({ id: "a" });
      const later = createGate();
      let background: Promise<unknown> = Promise.resolve();
      await store.withLock("a", async (session) => {
        for (const [method, call] of writesTo("a")) {
          await rejects("SESSION_LOCKED", call(store), `${method}() through the outer handle`);
          await rejects(
            "SESSION_LOCKED",
            call(view.inNamespace("")),
            `${method}() through a view of the outer handle`,
          );
        }
        same((await store.load("a")).messages, numbered(1, 3), "load() through the outer handle");
        await store.append("b", user("another session"));
        await view.append("a", user("another namespace"));
        await store.withLock("b", (inner) => inner.append(user("a lock inside a lock")));
        await session.append(user("through the handle"));
        background = later.passed.then(() => store.append("a", user("after the body")));
      });
      later.open();
      await background;
      same(
        (await textsOf(store, "a")).slice(3),
        ["through the handle", "after the body"],
        "what the body, and what it left running, wrote",
      );
      same((await store.head("b")).messageCount, 2, "messages in the other session");
    },
  },
  {
    id: "lock.stale-handle",
    title: "after its body the handle rejects SESSION_LOCKED and writes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      const stale = await store.withLock("a", async (session) => session);
      const before = await observe(store, "a");
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["append", () => stale.append(user("x"))],
        ["save", () => stale.save({ messages: [] })],
        ["update", () => stale.update({ title: "T" })],
        ["truncate", () => stale.truncate(0)],
        ["head", () => stale.head()],
        ["load", () => stale.load()],
        ["messages", () => collect(stale.messages())],
      ];
      for (const [method, call] of calls)
        await rejects("SESSION_LOCKED", call, `${method}() of a handle whose body is over`);
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
  {
    id: "lock.close-inside",
    title: "close() inside one's own lock body rejects SESSION_LOCKED instead of waiting for itself",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.withLock("a", async (session) => {
        await rejects("SESSION_LOCKED", () => store.close(), "close() inside the body");
        await session.append(user("still open"));
      });
      same((await store.head("a")).messageCount, 1, "what the body wrote afterwards");
      await store.close();
      await rejects("STORE_CLOSED", store.exists("a"), "after close() outside of the body");
    },
  },
]);
