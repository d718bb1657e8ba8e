import type { SearchQuery } from "../session-store.js";
import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { hitsOf } from "./hits-of.js";
import { createManualClock } from "./manual-clock.js";
import { user } from "./sample-messages.js";

export const searchClauses: readonly Clause[] = clauseGroup("search", [
  {
    id: "search.order",
    title: "newest session first, a title's hit (seq null) before its messages' hits, then by position",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      await store.create({
        id: "old",
        title: "word",
        messages: [user("word 1"), user("other"), user("word 3")],
      });
      clock.advance(1000);
      await store.create({ id: "b", messages: [user("word")] });
      await store.create({ id: "\u{10000}", messages: [user("word")] });
      await store.create({ id: "\uffee", messages: [user("word")] });
      const at = clock.advance(1000);
      await store.create({ id: "new", title: "a word", messages: [user("no"), user("the word")] });
      const expected = [
        "new title",
        "new 2",
        "b 1",
        "\uffee 1",
        "\u{10000} 1",
        "old title",
        "old 1",
        "old 3",
      ];
      same(await hitsOf(store, "word"), expected, "the hits, in their order");
      const [title, message] = await collect(store.search("word"));
      const {
        snippet: _,
        matchStart: __,
        matchEnd: ___,
        ...first
      } = title ?? { snippet: "", matchStart: 0, matchEnd: 0 };
      same(
        first,
        { id: "new", namespace: "", title: "a word", updatedAt: at, seq: null, at: null },
        "a title's hit",
      );
      same([message?.seq, message?.at, message?.title], [2, at, "a word"], "a message's hit");
    },
  },
  {
    id: "search.filters",
    title: "the filters of list() hold for search(), and limit counts hits",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const start = clock.iso();
      await store.create({
        id: "a",
        title: "T one",
        labels: ["x", "y"],
        metadata: { k: 1 },
        messages: [user("word"), user("word")],
      });
      const middle = clock.advance(1000);
      await store.create({ id: "b", labels: ["x"], pinned: true, archived: true, messages: [user("word")] });
      clock.advance(1000);
      await store.fork("a", { id: "ab", title: "other" });
      const filters: readonly (readonly [SearchQuery, readonly string[]])[] = [
        [{}, ["ab 1", "ab 2", "b 1", "a 1", "a 2"]],
        [{ labels: ["x"] }, ["ab 1", "ab 2", "b 1", "a 1", "a 2"]],
        [{ labels: ["y"] }, ["ab 1", "ab 2", "a 1", "a 2"]],
        [{ metadata: { k: 1 } }, ["ab 1", "ab 2", "a 1", "a 2"]],
        [{ pinned: true }, ["b 1"]],
        [{ archived: false }, ["ab 1", "ab 2", "a 1", "a 2"]],
        [{ parentId: "a" }, ["ab 1", "ab 2"]],
        [{ ids: ["b", "missing"] }, ["b 1"]],
        [{ ids: [] }, []],
        [{ idPrefix: "a" }, ["ab 1", "ab 2", "a 1", "a 2"]],
        [{ titleContains: "t ONE" }, ["a 1", "a 2"]],
        [{ updatedAfter: start }, ["ab 1", "ab 2", "b 1"]],
        [{ updatedBefore: middle }, ["a 1", "a 2"]],
        [{ createdAfter: middle }, ["ab 1", "ab 2"]],
        [{ createdBefore: middle }, ["a 1", "a 2"]],
        [{ limit: 1 }, ["ab 1"]],
        [{ limit: 3 }, ["ab 1", "ab 2", "b 1"]],
        [{ limit: 1000 }, ["ab 1", "ab 2", "b 1", "a 1", "a 2"]],
        [{ limit: 1, labels: ["x"], pinned: false, idPrefix: "a" }, ["ab 1"]],
      ];
      for (const [query, expected] of filters)
        same(await hitsOf(store, "word", query), expected, `the hits with ${JSON.stringify(query)}`);
    },
  },
  {
    id: "search.fresh",
    title: "a search sees the last write, and no longer what was truncated, replaced, renamed or deleted",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      const check = async (text: string, expected: readonly string[], expectation: string): Promise<void> => {
        same((await hitsOf(store, text)).toSorted(), expected, expectation);
        same((await hitsOf(other, text)).toSorted(), expected, `${expectation}, from another handle`);
      };
      await store.create({
        id: "a",
        title: "alpha",
        messages: [user("first"), user("second"), user("third")],
      });
      await check("second", ["a 2"], "a word of a new session");
      await store.append("a", user("fourth"));
      await check("fourth", ["a 4"], "a word of an appended message");
      await other.truncate("a", 1);
      await check("second", [], "a word of a truncated message");
      await store.append("a", user("fifth"));
      await check("fifth", ["a 2"], "a word of a message behind a cut");
      await store.append("a", user("sixth"), { replaceFrom: 2 });
      await check("fifth", [], "a word of a replaced message");
      await check("sixth", ["a 2"], "a word of the message that replaced it");
      await other.save("a", { messages: [user("seventh")] });
      await check("first", [], "a word of a transcript that was saved over");
      await check("seventh", ["a 1"], "a word of the transcript that took its place");
      await store.update("a", { title: "beta" });
      await check("alpha", [], "a word of an old title");
      await check("beta", ["a title"], "a word of a new title");
      await store.fork("a", { id: "b", title: "" });
      await check("seventh", ["a 1", "b 1"], "a word of a fork and its source");
      await other.delete("a");
      await check("seventh", ["b 1"], "a word of a deleted session and its fork");
      await store.restore({
        head: { ...(await store.head("b")), id: "c", title: "gamma" },
        entries: await collect(store.messages("b")),
      });
      await check("gamma", ["c title"], "a word of a restored session");
    },
  },
  {
    id: "search.bad-query",
    title: "a text without any word, or a query that makes no sense, rejects INVALID_QUERY",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a", messages: [user("x")] });
      for (const text of ["", " ", "\n\t", null, undefined, 1, {}, ["x"], "a\ud800"]) {
        await rejects(
          "INVALID_QUERY",
          async () => collect(store.search(text as never)),
          "search() for what is no word",
        );
      }
      for (const query of [
        { limit: 0 },
        { limit: 1001 },
        { limit: 1.5 },
        { labels: "x" },
        { cursor: "x" },
        { updatedAfter: "x" },
        { metadata: { userId: undefined } },
      ]) {
        const search = async (): Promise<unknown> => collect(store.search("x", query as never));
        await rejects("INVALID_QUERY", search, `search() with ${JSON.stringify(query)}`);
      }
    },
  },
  {
    id: "search.abandoned",
    title: "a search that is left early holds nothing up",
    async run({ open }) {
      const store = await open();
      for (let n = 0; n < 5; n++)
        await store.create({ id: `s${n}`, messages: Array.from({ length: 20 }, () => user("word")) });
      for (let round = 0; round < 10; round++) {
        for await (const hit of store.search("word")) if (hit.seq === 2) break;
      }
      await store.search("word")[Symbol.asyncIterator]().next();
      same(await store.delete("s0"), true, "delete() after searches that were left early");
      await store.close();
    },
  },
  {
    id: "search.corrupted",
    title: "a corrupted session is passed over, the others are found",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c"])
        await store.create({ id, messages: [user("word"), user("more"), user("and more")] });
      await hook("corrupt")("b", "head");
      const found = (await hitsOf(await open(), "word")).filter((hit) => !hit.startsWith("b"));
      same(found.toSorted(), ["a 1", "c 1"], "the hits beside a corrupted session");
    },
  },
]);
