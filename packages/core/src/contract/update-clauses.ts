import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { createManualClock } from "./manual-clock.js";
import { observe } from "./observe-session.js";
import { revisionsIn } from "./revisions-in.js";
import { numbered, user } from "./sample-messages.js";

export const updateClauses: readonly Clause[] = clauseGroup("update", [
  {
    id: "update.fields",
    title: "each field alone is changed, and everything else stays",
    async run({ open }) {
      const store = await open();
      const created = await store.create({
        id: "a",
        title: "T",
        labels: ["l"],
        metadata: { k: 1 },
        state: { n: 1 },
        messages: numbered(1, 2),
      });
      const { updatedAt: _, ...fixed } = created;
      let expected: Record<string, unknown> = fixed;
      const changes: readonly Record<string, unknown>[] = [
        { title: "new" },
        { labels: ["x", "y"] },
        { metadata: { other: null } },
        { pinned: true },
        { archived: true },
        { state: { whole: "new" } },
        { title: "" },
        { labels: [] },
        { metadata: {} },
        { pinned: false },
        { archived: false },
        { state: {} },
      ];
      for (const [index, change] of changes.entries()) {
        const head = await store.update("a", change);
        expected = { ...expected, ...change, revision: index + 2 };
        const { updatedAt: __, ...rest } = head;
        same(rest, expected, `the head after changing ${JSON.stringify(change)}`);
        same(await store.head("a"), head, "what update() returns is the head");
        same((await store.load("a")).messages, numbered(1, 2), "the messages stay");
      }
      const many = await store.update("a", { title: "both", pinned: true, state: { n: 2 } });
      same(
        [many.title, many.pinned, many.state, many.revision],
        ["both", true, { n: 2 }, 14],
        "several fields in one change",
      );
    },
  },
  {
    id: "update.housekeeping-keeps-updatedAt",
    title: "title, labels, metadata, pinned and archived move the revision and leave updatedAt",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const { updatedAt } = await store.create({ id: "a", messages: [user("x")] });
      for (const change of [
        { title: "T" },
        { labels: ["l"] },
        { metadata: { k: 1 } },
        { pinned: true },
        { archived: true },
      ]) {
        clock.advance(1000);
        const head = await store.update("a", change);
        same(head.updatedAt, updatedAt, `updatedAt after changing ${JSON.stringify(change)}`);
      }
      const head = await store.head("a");
      same([head.updatedAt, head.revision], [updatedAt, 6], "updatedAt and revision afterwards");
      same((await store.list()).sessions[0]?.updatedAt, updatedAt, "updatedAt in a list");
    },
  },
  {
    id: "update.state-moves-updatedAt",
    title: "a change of state moves updatedAt, whole or by path",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      await store.create({ id: "a" });
      for (const change of [
        { state: { n: 1 } },
        { set: { "a.b": 1 } },
        { unset: ["a.b"] },
        { title: "T", set: { n: 2 } },
      ]) {
        const now = clock.advance(1000);
        same((await store.update("a", change)).updatedAt, now, `updatedAt after ${JSON.stringify(change)}`);
      }
    },
  },
  {
    id: "update.nothing",
    title: "a change that changes nothing moves neither revision nor updatedAt",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      await store.create({
        id: "a",
        title: "T",
        labels: ["b", "a"],
        metadata: { k: 1 },
        state: { n: { m: 1 } },
        messages: [user("x")],
      });
      const before = await observe(store, "a");
      clock.advance(1000);
      const nothing = [
        {},
        { title: "T" },
        { title: undefined },
        { labels: ["a", "b", "a"] },
        { metadata: { k: 1 } },
        { pinned: false, archived: false },
        { state: { n: { m: 1 } } },
        { set: { "n.m": 1 } },
        { set: {}, unset: [] },
        { unset: ["missing", "n.missing", ["deep", "missing"]] },
      ];
      for (const change of nothing) {
        same(
          await store.update("a", change),
          before.head,
          `what update() with ${JSON.stringify(change)} returns`,
        );
        same(
          await store.update("a", () => change),
          before.head,
          `the same by function: ${JSON.stringify(change)}`,
        );
      }
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
  {
    id: "update.missing",
    title:
      "an update of a missing session rejects SESSION_NOT_FOUND, does not call the function, and creates nothing",
    async run({ open }) {
      const store = await open();
      let calls = 0;
      const counting = (): object => {
        calls += 1;
        return {};
      };
      await rejects("SESSION_NOT_FOUND", store.update("a", { title: "T" }), "update()");
      await rejects("SESSION_NOT_FOUND", store.update("a", counting), "update() by function");
      const expected = store.update("a", { title: "T" }, { expectedRevision: 0 });
      await rejects("SESSION_NOT_FOUND", expected, "update() that expects revision 0");
      same(calls, 0, "calls of the function");
      same(await store.exists("a"), false, "exists() afterwards");
    },
  },
  {
    id: "update.expected-revision",
    title: "a revision that does not hold rejects SESSION_CONFLICT and changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      await store.update("a", { title: "T" }, { expectedRevision: 1 });
      const before = await observe(store, "a");
      const stale = store.update("a", { title: "stale" }, { expectedRevision: 1 });
      const error = await rejects("SESSION_CONFLICT", stale, "update() over a newer revision");
      same(revisionsIn(error), { expectedRevision: 1, actualRevision: 2 }, "the revisions in the error");
      const nothing = store.update("a", {}, { expectedRevision: 1 });
      await rejects("SESSION_CONFLICT", nothing, "an empty update() that expects an old revision");
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
]);
