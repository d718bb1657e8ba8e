import { SessionCorruptedError, SessionNotFoundError } from "../errors.js";
import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { observe } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

export const readClauses: readonly Clause[] = clauseGroup("reads", [
  {
    id: "load.matches-head",
    title: "load() is head() with the messages, a list row is head() without state",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        title: "T",
        labels: ["l"],
        metadata: { k: 1 },
        state: { n: 1 },
        messages: numbered(1, 3),
      });
      await store.append("a", user("x"), { usage: { inputTokens: 1 } });
      const head = await store.head("a");
      const { messages, ...rest } = await store.load("a");
      same(rest, head, "load() without its messages");
      same(messages.length, head.messageCount, "the number of messages that load() returns");
      const { state: _state, ...row } = head;
      same((await store.list()).sessions, [row], "the row in list()");
    },
  },
  {
    id: "load.not-found",
    title: "a missing session rejects SESSION_NOT_FOUND on every read, naming id, namespace and location",
    async run({ open }) {
      const store = await open();
      const view = store.inNamespace("tenant");
      await store.create({ id: "a" });
      for (const read of [() => view.load("a"), () => view.head("a"), () => collect(view.messages("a"))]) {
        const error = await rejects("SESSION_NOT_FOUND", read, "a read of a missing session");
        holds(
          error instanceof SessionNotFoundError,
          "the class of the error",
          error,
          "a SessionNotFoundError",
        );
        same(
          [error.sessionId, error.namespace, error.location],
          ["a", "tenant", store.location],
          "what the error names",
        );
        for (const part of ['"a"', '"tenant"', store.location]) {
          holds(
            error.message.includes(part),
            "the message of the error",
            error.message,
            `one that names ${part}`,
          );
        }
      }
    },
  },
  {
    id: "exists.agrees",
    title: "exists, head, load, list, create and delete agree on which sessions are there",
    async run({ open }) {
      const store = await open();
      const check = async (id: string, isThere: boolean): Promise<void> => {
        same(await store.exists(id), isThere, `exists("${id}")`);
        for (const [name, read] of [
          ["head", () => store.head(id)],
          ["load", () => store.load(id)],
          ["messages", () => collect(store.messages(id))],
        ] as const) {
          if (isThere) await read();
          else await rejects("SESSION_NOT_FOUND", read, `${name}("${id}")`);
        }
        same((await store.list({ ids: [id] })).sessions.length, isThere ? 1 : 0, `rows of "${id}" in list()`);
      };
      await check("a", false);
      await store.create({ id: "a" });
      await check("a", true);
      await rejects("SESSION_ALREADY_EXISTS", store.create({ id: "a" }), "create() of what is there");
      same(await store.delete("a"), true, "delete() of what is there");
      await check("a", false);
      same(await store.delete("a"), false, "delete() of what is gone");
      await store.save("a", { messages: [] });
      await check("a", true);
    },
  },
  {
    id: "exists.agrees-on-corrupted",
    title:
      "a corrupted session is there for exists, list, create and delete; only what cannot be read rejects",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const part of ["head", "transcript"] as const) {
        await store.create({ id: part, title: "T", messages: numbered(1, 20) });
        await hook("corrupt")(part, part);
        const reader = await open();
        same(await reader.exists(part), true, `exists() with a corrupted ${part}`);
        await rejects("SESSION_CORRUPTED", reader.load(part), `load() with a corrupted ${part}`);
        await rejects(
          "SESSION_CORRUPTED",
          collect(reader.messages(part)),
          `messages() with a corrupted ${part}`,
        );
        const head = await settle(reader.head(part));
        if ("error" in head || part === "head") {
          await rejects("SESSION_CORRUPTED", reader.head(part), `head() with a corrupted ${part}`);
        }
        const { sessions, unreadable } = await reader.list({ ids: [part] });
        same(
          sessions.length + unreadable.length,
          1,
          `rows and unreadable ones in list() with a corrupted ${part}`,
        );
        if (part === "head") same(unreadable[0]?.code, "SESSION_CORRUPTED", "the code in list()");
        await rejects(
          "SESSION_ALREADY_EXISTS",
          reader.create({ id: part }),
          `create() over a corrupted ${part}`,
        );
        same(await reader.delete(part), true, `delete() with a corrupted ${part}`);
        same(await reader.exists(part), false, "exists() after it was deleted");
        await rejects("SESSION_NOT_FOUND", reader.load(part), "load() after it was deleted");
      }
    },
  },
  {
    id: "load.corrupted",
    title:
      "a corrupted session rejects SESSION_CORRUPTED on reads and writes, never not-found; neighbours stay readable",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c"]) await store.create({ id, messages: numbered(1, 5) });
      const neighbours = [await observe(store, "a"), await observe(store, "c")];
      await hook("corrupt")("b", "head");
      const reader = await open();
      const error = await rejects("SESSION_CORRUPTED", reader.load("b"), "load()");
      holds(
        error instanceof SessionCorruptedError,
        "the class of the error",
        error,
        "a SessionCorruptedError",
      );
      holds(
        error.path !== "",
        "the damaged place that the error names",
        error.path,
        "a path that is not empty",
      );
      same(error.sessionId, "b", "the error names the session");
      const writes: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["append", () => reader.append("b", user("x"))],
        ["append with createIfMissing", () => reader.append("b", user("x"), { createIfMissing: true })],
        ["update", () => reader.update("b", { title: "T" })],
        ["update by function", () => reader.update("b", () => ({ title: "T" }))],
        ["truncate", () => reader.truncate("b", 0)],
        ["fork", () => reader.fork("b", { id: "new" })],
      ];
      for (const [method, write] of writes)
        await rejects("SESSION_CORRUPTED", write, `${method}() on a corrupted session`);
      same(await reader.exists("new"), false, "exists() of a fork that failed");
      same([await observe(reader, "a"), await observe(reader, "c")], neighbours, "the neighbours");
      await reader.append("a", user("goes on"));
    },
  },
  {
    id: "reads.folder-in-place",
    title: "a folder where a session would lie is a corrupted session: reported, not overwritten, not fatal",
    requires: ["plantFolder"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")] });
      await hook("plantFolder")("folder");
      const reader = await open();
      same(await reader.exists("folder"), true, "exists()");
      await rejects("SESSION_CORRUPTED", reader.load("folder"), "load()");
      await rejects("SESSION_CORRUPTED", reader.head("folder"), "head()");
      await rejects("SESSION_ALREADY_EXISTS", reader.create({ id: "folder" }), "create()");
      await rejects("SESSION_CORRUPTED", reader.append("folder", user("x")), "append()");
      await rejects("SESSION_DELETE_FAILED", reader.delete("folder"), "delete()");
      const { sessions, unreadable } = await reader.list();
      same(
        sessions.map(({ id }) => id),
        ["a"],
        "the healthy sessions in list()",
      );
      same(
        unreadable.map(({ code }) => code),
        ["SESSION_CORRUPTED"],
        "the unreadable ones in list()",
      );
    },
  },
  {
    id: "reads.never-write",
    title: "no read changes anything that lies in the place",
    requires: ["snapshot"],
    async run({ open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", title: "T", messages: numbered(1, 10), state: { n: 1 } });
      await writer.create({ id: "b", messages: numbered(1, 3) });
      await writer.inNamespace("tenant").create({ id: "a" });
      await writer.close();
      const before = await hook("snapshot")();
      const store = await open();
      for (const handle of [store, store.inNamespace("tenant"), store.inNamespace("nobody")]) {
        await handle.list();
        await handle.list({ orderBy: "title", limit: 1 });
        await handle.exists("a");
        await handle.exists("missing");
        await settle(handle.head("a"));
        await settle(handle.load("a"));
        await settle(collect(handle.messages("a", { last: 2 })));
        await settle(handle.load("missing"));
        await collect(handle.search("message"));
        await collect(handle.namespaces());
        await collect(handle.verify());
      }
      await store.close();
      same(await hook("snapshot")(), before, "what lies in the place after every read");
    },
  },
  {
    id: "reads.read-only-media",
    title:
      "where nothing can be written every read works, or, for a store that declares it cannot, rejects STORE_IO with the cause",
    requires: ["makeReadOnly"],
    async run({ capabilities, open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", messages: numbered(1, 3) });
      const before = await observe(writer, "a");
      await writer.close();
      const undo = await hook("makeReadOnly")();
      if (capabilities.readOnlyMedia) {
        const store = await open();
        same(await observe(store, "a"), before, "the session on read-only media");
        same((await collect(store.search("message"))).length, 3, "hits on read-only media");
        same(await collect(store.namespaces()), [""], "namespaces on read-only media");
        same(await collect(store.verify()), [], "findings on read-only media");
        await rejects("STORE_IO", store.append("a", user("x")), "append() on read-only media");
        await rejects("STORE_IO", store.create({ id: "b" }), "create() on read-only media");
        await store.close();
      } else {
        const outcome = await settle(async () => (await open()).load("a"));
        const code = codeOf(outcome);
        holds(
          code === "resolved" || code === "STORE_IO",
          "how load() ends on read-only media",
          outcome,
          "the session, or STORE_IO",
        );
      }
      await undo();
      same(await observe(await open(), "a"), before, "the session afterwards");
    },
  },
]);
