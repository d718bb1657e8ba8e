import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { callsWithId, everyCall } from "./every-method.js";
import { createGate } from "./gate.js";
import { idsIn, observeAll } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

export const openingClauses: readonly Clause[] = clauseGroup("opening", [
  {
    id: "open.declares",
    title: "a store says which backend, place, namespace and capabilities it has",
    async run({ open, capabilities }) {
      const store = await open();
      same(store.capabilities, capabilities, "capabilities are what the harness declares");
      same(store.namespace, "", "the default namespace is the empty text");
      holds(store.backend !== "", "backend", store.backend, "a name, not empty");
      holds(store.location !== "", "location", store.location, "a text for people, not empty");
      const tenant = await open({ namespace: "tenant" });
      same(tenant.namespace, "tenant", "the namespace option gives the handle's namespace");
      const view = store.inNamespace("other");
      same(view.namespace, "other", "a view has its own namespace");
      same(view.backend, store.backend, "a view has its root's backend");
    },
  },
  {
    id: "open.fresh-is-empty",
    title: "an empty place lists nothing, and every read of a session says that it is not there",
    async run({ open }) {
      const store = await open();
      same(
        await store.list(),
        { sessions: [], unreadable: [], unreadableCount: 0, nextCursor: null },
        "list() of an empty place",
      );
      same(await store.exists("a"), false, "exists() in an empty place");
      await rejects("SESSION_NOT_FOUND", store.load("a"), "load() in an empty place");
      await rejects("SESSION_NOT_FOUND", store.head("a"), "head() in an empty place");
      await rejects("SESSION_NOT_FOUND", collect(store.messages("a")), "messages() in an empty place");
      same(await collect(store.search("word")), [], "search() in an empty place");
      same(await collect(store.namespaces()), [], "namespaces() of an empty place");
      same(await collect(store.verify()), [], "verify() of an empty place");
      same(await store.delete("a"), false, "delete() in an empty place");
    },
  },
  {
    id: "open.creates-nothing",
    title: "opening, reading and refused writes leave nothing behind in an empty place",
    requires: ["snapshot"],
    async run({ open, hook }) {
      const store = await open();
      const view = store.inNamespace("tenant");
      for (const handle of [store, view]) {
        await handle.list();
        await handle.exists("a");
        await settle(handle.load("a"));
        await collect(handle.search("word"));
        await collect(handle.namespaces());
        await collect(handle.verify());
        await handle.delete("a");
        for (const { method, call } of callsWithId("a")) {
          if (WRITES_TO_A_MISSING_SESSION.has(method)) {
            await rejects("SESSION_NOT_FOUND", call(handle), `${method}() on a missing session`);
          }
        }
        await rejects("INVALID_VALUE", handle.create({ title: "a\u0000b" }), "create() with a bad title");
      }
      await store.close();
      same(await hook("snapshot")(), {}, "what lies in the place afterwards");
    },
  },
  {
    id: "reopen.keeps-everything",
    title: "what a closed store held, a new handle reads, deep-equal",
    async run({ open }) {
      const first = await open();
      await first.create({
        id: "rich",
        title: "T",
        labels: ["b", "a"],
        metadata: { k: 1, n: null },
        pinned: true,
        archived: true,
        parent: { id: "p", messageCount: 1 },
        usage: { inputTokens: 1, cached: 2 },
        state: { step: { n: 1 } },
        messages: numbered(1, 3),
      });
      await first.append("rich", numbered(4, 5), { usage: { outputTokens: 7 } });
      await first.update("rich", { set: { "step.done": true } });
      await first.create({ id: "empty" });
      await first.create({ id: "gone", messages: [user("x")] });
      await first.delete("gone");
      await first.inNamespace("tenant").create({ id: "rich", messages: [user("other")] });
      const before = [await observeAll(first), await observeAll(first.inNamespace("tenant"))];
      await first.close();
      const second = await open();
      const after = [await observeAll(second), await observeAll(second.inNamespace("tenant"))];
      same(after, before, "everything after closing and opening again");
      same(await idsIn(second), ["empty", "rich"], "the sessions after opening again");
    },
  },
  {
    id: "close.idempotent",
    title: "closing twice, at once or one after the other, is fine",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await Promise.all([store.close(), store.close()]);
      await store.close();
      const disposed = await open();
      await disposed[Symbol.asyncDispose]();
      await rejects("STORE_CLOSED", disposed.exists("a"), "after Symbol.asyncDispose");
      await disposed[Symbol.asyncDispose]();
    },
  },
  {
    id: "close.rejects-after",
    title: "every method of a closed store rejects STORE_CLOSED",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.close();
      for (const { method, call } of everyCall("a", "contract-backup-that-must-not-happen")) {
        await rejects("STORE_CLOSED", call(store), `${method}() after close()`);
      }
      await rejects(
        "STORE_CLOSED",
        async () => store.inNamespace("tenant").exists("a"),
        "a view taken of a closed store",
      );
      const other = await open();
      same(await other.exists("a"), true, "another handle is not touched by the close");
    },
  },
  {
    id: "close.waits",
    title: "close() lets writes under way finish before it resolves",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const writes = numbered(1, 20).map((message) => store.append("a", message));
      let settled = 0;
      for (const write of writes) void write.finally(() => settled++).catch(() => undefined);
      await store.close();
      same(settled, 20, "appends that have settled when close() resolves");
      await Promise.all(writes);
      same((await (await open()).head("a")).messageCount, 20, "messages that a new handle finds");
    },
  },
  {
    id: "close.waits-for-lock-bodies",
    title: "close() waits for a lock body under way, which may go on writing through its handle",
    async run({ open, defer }) {
      const store = await open();
      await store.create({ id: "a" });
      const order: string[] = [];
      const started = createGate();
      const closeBegan = createGate();
      defer(async () => closeBegan.open());
      const body = store.withLock("a", async (session) => {
        started.open();
        await closeBegan.passed;
        await session.append(user("written while closing"));
        order.push("body");
      });
      await started.passed;
      const closing = store.close().then(() => void order.push("close"));
      closeBegan.open();
      await body;
      await closing;
      same(order, ["body", "close"], "the order in which the body and close() end");
      same((await (await open()).head("a")).messageCount, 1, "what the body wrote");
    },
  },
  {
    id: "close.view",
    title: "closing a view closes only the view, closing the root closes its views",
    async run({ open }) {
      const root = await open();
      const view = root.inNamespace("tenant");
      const sibling = root.inNamespace("tenant");
      await view.create({ id: "a" });
      await view.close();
      await rejects("STORE_CLOSED", view.exists("a"), "a closed view");
      same(await sibling.exists("a"), true, "another view of the same namespace");
      same(await root.exists("a"), false, "the root after a view was closed");
      await root.create({ id: "b" });
      await root.close();
      await rejects("STORE_CLOSED", sibling.exists("a"), "a view of a closed root");
      await rejects("STORE_CLOSED", sibling.append("a", user("x")), "a write to a view of a closed root");
      await sibling.close();
    },
  },
  {
    id: "close.ends-iterators",
    title:
      "iterators that are open when the store closes end with STORE_CLOSED, never as if they were complete",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 400) });
      await store.create({ id: "b", messages: numbered(1, 400) });
      const iterators = {
        messages: store.messages("a")[Symbol.asyncIterator](),
        search: store.search("message")[Symbol.asyncIterator](),
      };
      for (const [name, iterator] of Object.entries(iterators)) {
        same((await iterator.next()).done, false, `${name}() yields before close()`);
      }
      await store.close();
      for (const [name, iterator] of Object.entries(iterators)) {
        await rejects("STORE_CLOSED", iterator.next(), `next() of ${name}() after close()`);
      }
    },
  },
  {
    id: "refuse.not-ours",
    title: "a place that is no session store rejects STORE_INCOMPATIBLE and is left untouched",
    requires: ["plantForeign", "snapshot"],
    async run({ open, hook }) {
      await hook("plantForeign")();
      const before = await hook("snapshot")();
      await rejects(
        "STORE_INCOMPATIBLE",
        async () => (await open()).load("a"),
        "reading from what is no store",
      );
      await rejects(
        "STORE_INCOMPATIBLE",
        async () => (await open()).create({ id: "a" }),
        "writing to what is no store",
      );
      same(await hook("snapshot")(), before, "what lies in the place afterwards");
    },
  },
  {
    id: "refuse.newer-format",
    title: "data of a newer major format rejects STORE_INCOMPATIBLE, is never hidden, and is left untouched",
    requires: ["plantNewerFormat", "snapshot"],
    async run({ open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", messages: [user("x")] });
      await writer.close();
      await hook("plantNewerFormat")("a");
      const before = await hook("snapshot")();
      const attempts = callsWithId("a").filter(({ method }) => !DECIDED_WITHOUT_READING.has(method));
      for (const { method, call } of attempts) {
        await rejects("STORE_INCOMPATIBLE", async () => call(await open()), `${method}() on newer data`);
      }
      const listed = await settle(async () => (await open()).list());
      if ("value" in listed) {
        const { sessions, unreadable } = listed.value as Awaited<
          ReturnType<Awaited<ReturnType<typeof open>>["list"]>
        >;
        same(sessions, [], "readable sessions beside one of a newer format");
        same(
          unreadable.map(({ id, code }) => ({ id, code })),
          [{ id: "a", code: "STORE_INCOMPATIBLE" }],
          "a session of a newer format is reported by list()",
        );
      } else {
        same(codeOf(listed), "STORE_INCOMPATIBLE", "list() where the whole store is newer");
      }
      same(await hook("snapshot")(), before, "what lies in the place afterwards");
    },
  },
]);

/** All but those that make a session, answer for a missing one, or speak of the whole store. */
const WRITES_TO_A_MISSING_SESSION: ReadonlySet<string> = new Set([
  "append",
  "update",
  "update with a function",
  "truncate",
  "fork",
  "withLock",
]);

/** A session that is there and cannot be read may still be found taken, deleted, replaced from outside or repaired. */
const DECIDED_WITHOUT_READING: ReadonlySet<string> = new Set([
  "create",
  "exists",
  "delete",
  "restore",
  "repair",
  "withLock",
]);
