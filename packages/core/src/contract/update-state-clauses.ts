import { rejects, rejectsWith, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { observe } from "./observe-session.js";

export const updateStateClauses: readonly Clause[] = clauseGroup("update", [
  {
    id: "update.documents",
    title: "named documents under state are replaced, read, listed and removed one by one; the others stay",
    async run({ open }) {
      const store = await open();
      const documents = {
        "plan.md": { text: "one" },
        "notes/today": ["a"],
        "": "empty name",
        draft: { deep: { n: 1 } },
      };
      await store.create({ id: "a", state: { documents, other: 1 } });
      await store.update("a", { set: [[["documents", "plan.md"], { text: "two" }]] });
      await store.update("a", { set: [[["documents", "new one"], null]] });
      await store.update("a", { unset: [["documents", "notes/today"]] });
      await store.update("a", { set: { "documents.draft.deep.m": 2 } });
      const { state } = await (await open()).head("a");
      const expected = {
        "plan.md": { text: "two" },
        "": "empty name",
        draft: { deep: { n: 1, m: 2 } },
        "new one": null,
      };
      same(state, { documents: expected, other: 1 }, "the documents");
      same(
        Object.keys(state["documents"] as object),
        ["plan.md", "", "draft", "new one"],
        "their names, in order",
      );
    },
  },
  {
    id: "update.paths",
    title:
      "paths create what is missing, address keys with dots and items of arrays; walking into a scalar changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({
        id: "a",
        state: { scalar: 1, text: "x", nothing: null, list: [{ n: 1 }, { n: 2 }] },
      });
      const set = async (given: never): Promise<unknown> => (await store.update("a", { set: given })).state;
      await set({ "workflow.steps.init": "completed" } as never);
      await set([[["with.dot", "and.another"], 1]] as never);
      await set({ "list.1.n": 22 } as never);
      const state = {
        scalar: 1,
        text: "x",
        nothing: null,
        list: [{ n: 1 }, { n: 22 }],
        workflow: { steps: { init: "completed" } },
        "with.dot": { "and.another": 1 },
      };
      same((await store.head("a")).state, state, "the state after set");
      const order = await store.update("a", {
        state: { base: { n: 1 } },
        set: { "base.m": 2, "base.n": 3 },
        unset: ["base.m"],
      });
      same(order.state, { base: { n: 3 } }, "state first, then set, then unset");
      await store.update("a", { state });
      const before = await observe(store, "a");
      const bad = [
        { set: { "scalar.x": 1 } },
        { set: { "text.length": 1 } },
        { set: { "nothing.x": 1 } },
        { set: { "fine.first": 1, "scalar.x": 1 } },
        { set: { "list.x": 1 } },
        { set: { "list.-1": 1 } },
        { unset: ["scalar.x"] },
        { set: { "": 1 } },
        { set: { "a..b": 1 } },
        { set: { "trailing.": 1 } },
        { set: [[[], 1]] },
        { set: [["dotted.in.a.pair"]] },
        { set: "x" },
        { unset: "scalar" },
        { unset: [7] },
      ];
      for (const change of bad) {
        await rejects(
          "INVALID_VALUE",
          store.update("a", change as never),
          `update() with ${JSON.stringify(change)}`,
        );
      }
      same(await observe(store, "a"), before, "the session after refused paths");
    },
  },
  {
    id: "update.no-pollution",
    title: "paths through __proto__, constructor and prototype never reach a prototype",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", state: { x: {} } });
      const paths = [
        ["__proto__", "polluted"],
        ["constructor", "prototype", "polluted"],
        ["x", "__proto__", "polluted"],
        ["toString", "polluted"],
      ];
      for (const path of paths) {
        for (const set of [{ [path.join(".")]: true }, [[path, true]]]) {
          const pending = store.update("a", { set: set as never });
          await pending.catch((error: unknown) =>
            rejects("INVALID_VALUE", Promise.reject(error), `set of ${path.join(".")}`),
          );
        }
        await store
          .update("a", { unset: [path] })
          .catch((error: unknown) => rejects("INVALID_VALUE", Promise.reject(error), "unset"));
      }
      const { state } = await store.head("a");
      for (const probe of [{}, [], () => 1, state, (state as { x: object }).x]) {
        same(
          (probe as { polluted?: unknown }).polluted,
          undefined,
          "a property that a path may have put on a prototype",
        );
      }
      same(typeof Object.prototype.toString, "function", "Object.prototype.toString afterwards");
      same(
        Object.hasOwn(Object.prototype.toString, "polluted"),
        false,
        "a property on Object.prototype.toString",
      );
    },
  },
  {
    id: "update.function-once",
    title:
      "the function form runs exactly once on the present head; what it throws passes through and changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", title: "T", state: { n: 1 } });
      const heads: unknown[] = [];
      const before = await observe(store, "a");
      const updated = await store.update("a", (head) => {
        heads.push(structuredClone(head));
        return { set: { n: 2 } };
      });
      same(heads, [before.head], "the heads that the function was called with");
      same([updated.state, updated.revision], [{ n: 2 }, 2], "what came of it");
      const present = await observe(store, "a");
      const reason = new Error("the caller's own");
      for (const thrown of [reason, "a text", undefined]) {
        const failing = store.update("a", () => {
          throw thrown;
        });
        await rejectsWith(thrown, failing, "what the function throws passes through unchanged");
      }
      const expecting = store.update("a", () => ({ title: "stale" }), { expectedRevision: 1 });
      await rejects("SESSION_CONFLICT", expecting, "the function form with an old revision");
      same(await observe(store, "a"), present, "the session afterwards");
    },
  },
  {
    id: "update.function-sync",
    title:
      "a function that returns a promise, or no change at all, rejects INVALID_VALUE and changes nothing",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const before = await observe(store, "a");
      const bad = [async () => ({ title: "async" }), () => undefined, () => null, () => "T", () => []];
      for (const change of bad) {
        await rejects("INVALID_VALUE", store.update("a", change as never), `update() with ${String(change)}`);
      }
      for (const change of [null, undefined, "T", 1, []]) {
        await rejects(
          "INVALID_VALUE",
          store.update("a", change as never),
          `update() with ${JSON.stringify(change)}`,
        );
      }
      same(await observe(store, "a"), before, "the session afterwards");
    },
  },
  {
    id: "update.function-atomic",
    title: "8 concurrent increments through the function form, on two handles, add up to 8",
    async run({ open }) {
      const [one, two] = [await open(), await open()];
      await one.create({ id: "a", state: { n: 0 } });
      await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (n % 2 === 0 ? one : two).update("a", ({ state }) => ({ set: { n: Number(state["n"]) + 1 } })),
        ),
      );
      const head = await two.head("a");
      same([head.state, head.revision], [{ n: 8 }, 9], "the counter and the revision");
    },
  },
]);
