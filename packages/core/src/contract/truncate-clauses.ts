import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { createManualClock } from "./manual-clock.js";
import { observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

export const truncateClauses: readonly Clause[] = clauseGroup("truncate", [
  {
    id: "truncate.drops-tail",
    title: "the messages after the first n go, the others and the head stay",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const created = await store.create({
        id: "a",
        title: "T",
        state: { n: 1 },
        usage: { inputTokens: 9 },
        messages: numbered(1, 5),
      });
      const kept = (await collect(store.messages("a"))).slice(0, 2);
      const updatedAt = clock.advance(1000);
      const head = await store.truncate("a", 2);
      same(head, { ...created, messageCount: 2, revision: 2, updatedAt }, "what truncate() returns");
      same(await collect((await open()).messages("a")), kept, "the entries that stay, with their times");
      const emptied = await store.truncate("a", 0);
      same(
        [emptied.messageCount, emptied.preview, emptied.title],
        [0, "", "T"],
        "the head after dropping everything",
      );
      same(await textsOf(store, "a"), [], "the messages after dropping everything");
    },
  },
  {
    id: "truncate.bounds",
    title:
      "beyond the end is INVALID_QUERY, the present count is no change, a missing session is SESSION_NOT_FOUND",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      const before = await observe(store, "a");
      await rejects("INVALID_QUERY", store.truncate("a", 4), "truncate() beyond the end");
      same(await store.truncate("a", 3), before.head, "what truncate() to the present count returns");
      const stale = store.truncate("a", 1, { expectedRevision: 7 });
      const error = await rejects("SESSION_CONFLICT", stale, "truncate() that expects a wrong revision");
      same(revisionsIn(error), { expectedRevision: 7, actualRevision: 1 }, "the revisions in the error");
      same(await observe(store, "a"), before, "the session afterwards");
      await rejects("SESSION_NOT_FOUND", store.truncate("missing", 0), "truncate() of a missing session");
      same(await store.exists("missing"), false, "exists() of the missing session afterwards");
    },
  },
  {
    id: "truncate.then-append",
    title: "positions go on behind the cut without a hole, and nothing of the old tail comes back",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 6) });
      for (const keep of [4, 2]) {
        await store.truncate("a", keep);
        await store.append("a", [user("new one"), user("new two")]);
        const entries = await collect(store.messages("a"));
        const texts = [...numberedTexts(1, keep), "new one", "new two"];
        same(
          entries.map(({ message }) => message.content),
          texts,
          "the messages behind the cut",
        );
        same(
          entries.map(({ seq }) => seq),
          texts.map((_, index) => index + 1),
          "the positions behind the cut",
        );
        same(await textsOf(await open(), "a"), texts, "what a new handle loads");
      }
    },
  },
]);

export const forkClauses: readonly Clause[] = clauseGroup("fork", [
  {
    id: "fork.copies",
    title:
      "title, labels, metadata, state and messages with their times are copied; pinned and archived are not",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      await store.create({
        id: "a",
        title: "T",
        labels: ["l"],
        metadata: { k: 1 },
        state: { deep: { n: 1 } },
        pinned: true,
        archived: true,
        messages: numbered(1, 2),
      });
      clock.advance(1000);
      await store.append("a", numbered(3, 5));
      const source = await observe(store, "a");
      const now = clock.advance(1000);
      const whole = await store.fork("a", { id: "whole" });
      const expected = {
        id: "whole",
        namespace: "",
        title: "T",
        preview: "message 1",
        labels: ["l"],
        metadata: { k: 1 },
        state: { deep: { n: 1 } },
        pinned: false,
        archived: false,
        parent: { id: "a", messageCount: 5 },
        usage: { inputTokens: 0, outputTokens: 0 },
        messageCount: 5,
        revision: 1,
        createdAt: now,
        updatedAt: now,
      };
      same(whole, expected, "what fork() returns");
      same(await collect(store.messages("whole")), source.entries, "the entries, with their times");
      const part = await store.fork("a", { id: "part", title: "Part", messageCount: 3 });
      same(
        [part.title, part.messageCount, part.parent],
        ["Part", 3, { id: "a", messageCount: 3 }],
        "a fork of a part",
      );
      same(await textsOf(store, "part"), numberedTexts(1, 3), "the messages of a fork of a part");
      same((await store.fork("a", { messageCount: 0 })).messageCount, 0, "a fork without messages");
      await store.append("part", user("only here"));
      await store.update("part", { set: { "deep.n": 2 } });
      same(await observe(store, "a"), source, "the source after changes to its fork");
      await store.append("a", user("only there"));
      await store.truncate("a", 1);
      same(
        await textsOf(store, "part"),
        [...numberedTexts(1, 3), "only here"],
        "the fork after changes to its source",
      );
      same((await store.head("part")).state, { deep: { n: 2 } }, "the fork's state");
    },
  },
  {
    id: "fork.lineage",
    title: "a fork names its direct parent and how many messages it took, and can be listed by it",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 4) });
      const child = await store.fork("a");
      const grandchild = await store.fork(child.id, { messageCount: 2 });
      same(child.parent, { id: "a", messageCount: 4 }, "the parent of a fork");
      same(grandchild.parent, { id: child.id, messageCount: 2 }, "the parent of a fork of a fork");
      const listed = await store.list({ parentId: "a" });
      same(
        listed.sessions.map(({ id }) => id),
        [child.id],
        "list() by parent",
      );
      await store.append(child.id, user("x"));
      same((await store.head(child.id)).parent, { id: "a", messageCount: 4 }, "the parent after an append()");
    },
  },
  {
    id: "fork.usage-zero",
    title: "a fork's usage starts at zero, so that totals never count a token twice",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        messages: numbered(1, 2),
        usage: { inputTokens: 100, outputTokens: 20, cached: 3 },
      });
      same(
        (await store.fork("a", { id: "b" })).usage,
        { inputTokens: 0, outputTokens: 0 },
        "the usage of a fork",
      );
      await store.append("b", user("x"), { usage: { inputTokens: 1 } });
      same(
        (await store.head("a")).usage,
        { inputTokens: 100, outputTokens: 20, cached: 3 },
        "the usage of its source",
      );
    },
  },
  {
    id: "fork.taken-id",
    title: "a fork to a taken id, of a missing session or beyond its end is refused and leaves nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 2) });
      await store.create({ id: "taken", messages: [user("mine")] });
      const before = [await observe(store, "a"), await observe(store, "taken")];
      await rejects("SESSION_ALREADY_EXISTS", store.fork("a", { id: "taken" }), "fork() to a taken id");
      await rejects("SESSION_ALREADY_EXISTS", store.fork("a", { id: "a" }), "fork() onto itself");
      await rejects(
        "INVALID_QUERY",
        store.fork("a", { id: "new", messageCount: 3 }),
        "fork() beyond the end",
      );
      await rejects(
        "INVALID_VALUE",
        store.fork("a", { id: "new", title: "a\nb" }),
        "fork() with a bad title",
      );
      await rejects("SESSION_NOT_FOUND", store.fork("missing", { id: "new" }), "fork() of a missing session");
      same([await observe(store, "a"), await observe(store, "taken")], before, "the sessions afterwards");
      same(await store.exists("new"), false, "exists() of what was not forked");
    },
  },
  {
    id: "fork.outlives-parent",
    title: "a parent may be deleted: its forks live on, and keep naming it",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: numbered(1, 3) });
      await store.fork("a", { id: "b" });
      await store.delete("a");
      same(await textsOf(store, "b"), numberedTexts(1, 3), "the fork's messages without its parent");
      same((await store.head("b")).parent, { id: "a", messageCount: 3 }, "the fork's parent link");
      same((await store.fork("b")).messageCount, 3, "a fork of the fork");
    },
  },
  {
    id: "fork.operations-stay",
    title: "operation ids of the source are new in its fork",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.append("a", user("x"), { operationId: "op" });
      await store.fork("a", { id: "b" });
      same(
        (await store.append("b", user("x"), { operationId: "op" })).messageCount,
        2,
        "the fork's messages",
      );
    },
  },
]);
