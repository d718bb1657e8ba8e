import { SessionDeleteError } from "../errors.js";
import { codeOf, holds, rejects, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { eventLoopTurn } from "./event-loop-turn.js";
import { idsIn, observe, observeAll } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, textsOf, user } from "./sample-messages.js";

export const deleteClauses: readonly Clause[] = clauseGroup("delete", [
  {
    id: "delete.true-then-false",
    title: "the call that deletes says true, every later one false",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      await store.create({ id: "a", messages: numbered(1, 3) });
      same(await store.delete("a"), true, "the first delete()");
      same(await store.delete("a"), false, "the second delete()");
      same(await other.delete("a"), false, "delete() by another handle");
      await rejects("SESSION_NOT_FOUND", other.load("a"), "load() afterwards");
      same(await idsIn(other), [], "list() afterwards");
      await store.close();
      same(await (await open()).exists("a"), false, "exists() after opening again");
    },
  },
  {
    id: "delete.never-existed",
    title: "deleting what never was is false, and makes nothing",
    async run({ open }) {
      const store = await open();
      same(await store.delete("a"), false, "delete() in an empty place");
      await store.create({ id: "b" });
      same(await store.delete("a"), false, "delete() of a missing session");
      same(await store.exists("a"), false, "exists() afterwards");
      same(await idsIn(store), ["b"], "list() afterwards");
    },
  },
  {
    id: "delete.one-winner",
    title: "of 8 concurrent deleters on two handles exactly one gets true",
    async run({ open }) {
      const handles = await Promise.all([open(), open()]);
      for (let round = 0; round < 5; round++) {
        await handles[0].create({ id: "a", messages: numbered(1, 3) });
        const deletes = Array.from({ length: 8 }, (_, n) => handles[n % 2 === 0 ? 0 : 1].delete("a"));
        same((await Promise.all(deletes)).filter(Boolean).length, 1, "deleters that get true");
      }
    },
  },
  {
    id: "delete.neighbours",
    title: "no other session is touched",
    async run({ open }) {
      const store = await open();
      for (const id of ["a", "ab", "b"])
        await store.create({ id, title: `T ${id}`, messages: numbered(1, 3) });
      await store.inNamespace("tenant").create({ id: "a", title: "tenant's" });
      await store.fork("a", { id: "fork" });
      const before = await observeAll(store);
      await store.delete("a");
      same(await observeAll(store), before.slice(1), "the other sessions");
      same(
        (await store.inNamespace("tenant").head("a")).title,
        "tenant's",
        "the session of that id elsewhere",
      );
    },
  },
  {
    id: "delete.starts-afresh",
    title:
      "a session made again under a deleted id has nothing of the old one: no messages, usage, operations or revision",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        title: "old",
        state: { n: 1 },
        usage: { x: 1 },
        messages: numbered(1, 3),
      });
      await store.append("a", user("old word"), { operationId: "op" });
      await store.delete("a");
      const head = await store.create({ id: "a" });
      same([head.title, head.state, head.revision, head.messageCount], ["", {}, 1, 0], "the head");
      same(head.usage, { inputTokens: 0, outputTokens: 0 }, "the usage");
      same(await collect(store.messages("a")), [], "the entries");
      same(
        (await store.append("a", user("new"), { operationId: "op" })).messageCount,
        1,
        "an operation id of the old one",
      );
      same(await collect(store.search("old")), [], "search() for the old one");
    },
  },
  {
    id: "delete.expected-revision",
    title:
      "delete() with expectedRevision removes the session at that revision only, and keeps it at any other",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      await store.create({ id: "a", title: "T" });
      await other.update("a", { title: "changed by somebody else" });
      const before = await observe(store, "a");
      for (const expectedRevision of [0, 1, 3]) {
        const stale = store.delete("a", { expectedRevision });
        const error = await rejects("SESSION_CONFLICT", stale, `delete() that expects ${expectedRevision}`);
        same(revisionsIn(error), { expectedRevision, actualRevision: 2 }, "the revisions in the error");
      }
      same(await observe(other, "a"), before, "the session after the deletes that did not hold");
      same(await store.delete("a", { expectedRevision: 2 }), true, "delete() that expects the revision");
      await rejects("SESSION_NOT_FOUND", other.load("a"), "load() afterwards");
      same(await other.delete("a", { expectedRevision: 2 }), false, "delete() of what is gone");
      same((await other.create({ id: "a" })).revision, 1, "a session made again under the id");
    },
  },
  {
    id: "delete.expected-revision-races",
    title: "of a delete and an append that expect one revision exactly one happens",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      for (let round = 0; round < 16; round++) {
        const id = `s${round}`;
        await store.create({ id });
        const expected = { expectedRevision: 1 };
        const calls = {
          append: () => settle(other.append(id, user("late"), expected)),
          delete: () => settle(store.delete(id, expected)),
        };
        const isAppendFirst = round % 2 === 0;
        const first = isAppendFirst ? calls.append() : calls.delete();
        // The other comes at once, or some steps into it.
        for (let turn = 0; turn < (round >> 1) % 4; turn++) await eventLoopTurn();
        const second = isAppendFirst ? calls.delete() : calls.append();
        const codes = { first: codeOf(await first), second: codeOf(await second) };
        const [appended, deleted] = isAppendFirst ? [codes.first, codes.second] : [codes.second, codes.first];
        const left = codeOf(await settle(store.load(id)));
        same(left, deleted === "resolved" ? "SESSION_NOT_FOUND" : "resolved", "load() afterwards");
        holds(
          deleted === "resolved"
            ? appended === "SESSION_NOT_FOUND"
            : deleted === "SESSION_CONFLICT" && appended === "resolved",
          "how the delete and the append end",
          { deleted, appended },
          "one resolved, the other SESSION_NOT_FOUND or SESSION_CONFLICT",
        );
      }
    },
  },
  {
    id: "delete.failure-typed",
    title: "a delete that fails rejects SESSION_DELETE_FAILED with the cause, and the session still loads",
    requires: ["makeUndeletable"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      const before = await observe(store, "a");
      const undo = await hook("makeUndeletable")("a");
      const error = await rejects(
        "SESSION_DELETE_FAILED",
        store.delete("a"),
        "delete() of what cannot be removed",
      );
      holds(error instanceof SessionDeleteError, "the class of the error", error, "a SessionDeleteError");
      same(error.sessionId, "a", "the session in the error");
      holds(
        error.cause !== undefined,
        "the cause of the error",
        error.cause,
        "what the file system or the database threw",
      );
      same(await observe(store, "a"), before, "the session after the failed delete()");
      same((await observe(await open(), "a")).load, before.load, "the session as another handle loads it");
      await undo();
      same(await store.delete("a"), true, "delete() once the obstacle is gone");
    },
  },
  {
    id: "delete.read-only-media",
    title:
      "where nothing can be written, deleting what is not there is false, and deleting what is there rejects",
    requires: ["makeReadOnly"],
    async run({ open, hook }) {
      const writer = await open();
      await writer.create({ id: "a", messages: numbered(1, 3) });
      await writer.close();
      const undo = await hook("makeReadOnly")();
      const store = await open();
      same(await store.delete("missing"), false, "delete() of what is not there");
      const view = store.inNamespace("nobody");
      same(await view.delete("a"), false, "delete() in a namespace that is not there");
      const codes = ["SESSION_DELETE_FAILED", "STORE_IO"] as const;
      await rejects(codes, store.delete("a"), "delete() of what is there");
      await store.close();
      await undo();
      same(await idsIn(await open()), ["a"], "the sessions afterwards");
    },
  },
  {
    id: "delete.corrupted",
    title: "a corrupted session can be deleted, and its id used again",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const part of ["head", "transcript"] as const) {
        await store.create({ id: "a", messages: numbered(1, 20) });
        await hook("corrupt")("a", part);
        const reader = await open();
        same(await reader.delete("a"), true, `delete() with a corrupted ${part}`);
        same(await reader.delete("a"), false, "the second delete()");
        const page = await reader.list();
        same([page.sessions, page.unreadable], [[], []], "list() afterwards");
        await reader.create({ id: "a", messages: [user("new")] });
        same(await textsOf(store, "a"), ["new"], "a session made again under the id");
        await reader.delete("a");
      }
    },
  },
  {
    id: "delete.no-resurrection",
    title:
      "a write that races a delete lands before it or rejects SESSION_NOT_FOUND: never a half-session or a ghost",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      for (let round = 0; round < 20; round++) {
        const id = `s${round}`;
        await store.create({ id, title: "T", messages: numbered(1, 2) });
        const writes = [
          () => other.append(id, user("racing")),
          () => other.update(id, { title: "racing" }),
          () => other.update(id, () => ({ set: { racing: true } })),
          () => store.append(id, user("racing")),
          () => other.truncate(id, 1),
          () => other.withLock(id, (session) => session.append(user("under lock"))),
        ];
        // The delete comes at another place among them in every round, by one handle or the other.
        const place = round % (writes.length + 1);
        const earlier = writes.slice(0, place).map((write) => settle(write));
        const deleting = round % 2 === 0 ? store.delete(id) : other.delete(id);
        const later = writes.slice(place).map((write) => settle(write));
        for (const outcome of await Promise.all([...earlier, ...later])) {
          const code = codeOf(outcome);
          holds(
            code === "resolved" || code === "SESSION_NOT_FOUND",
            "how a write that races a delete ends",
            code,
            "resolved, or SESSION_NOT_FOUND",
          );
        }
        same(await deleting, true, "the racing delete()");
        same(await store.exists(id), false, "exists() after the race");
        same((await other.list({ ids: [id] })).sessions, [], "list() after the race");
        same((await other.list({ ids: [id] })).unreadable, [], "unreadable ones after the race");
        await rejects("SESSION_NOT_FOUND", other.load(id), "load() after the race");
      }
      same(await collect(store.search("racing")), [], "search() after the races");
    },
  },
]);
