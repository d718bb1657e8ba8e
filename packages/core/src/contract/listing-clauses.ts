import { holds, rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import type { IndexDamage } from "./contract-harness.js";
import { idsIn, observeAll } from "./observe-session.js";
import { numbered, user } from "./sample-messages.js";

const INDEX_TITLES: Readonly<Record<IndexDamage, string>> = {
  lost: "deleting the index changes no answer",
  corrupt: "garbling the index changes no answer",
  ghost: "an index row of a session that is not there shows nothing",
  stale: "an index row that no longer tells the truth about its session is not believed",
  empty: "an emptied index hides nothing",
  folder: "a folder in the index's place changes no answer and hangs nothing",
};

/** Lists in the face of other writers, damaged sessions and spoilt indexes. */
export const listingClauses: readonly Clause[] = clauseGroup("list", [
  {
    id: "list.sees-others",
    title: "a session created, changed or deleted by another handle shows at the next call",
    async run({ open }) {
      const [store, other] = [await open(), await open()];
      await store.create({ id: "mine" });
      same(await idsIn(other), ["mine"], "what another handle created");
      await other.update("mine", { title: "changed" });
      same((await store.list()).sessions[0]?.title, "changed", "the title that another handle set");
      await other.append("mine", numbered(1, 3));
      const row = (await store.list()).sessions[0];
      same([row?.messageCount, row?.preview], [3, "message 1"], "the messages that another handle appended");
      same((await store.head("mine")).messageCount, 3, "head() after another handle's append");
      await store.append("mine", user("and mine"));
      same((await other.load("mine")).messages.length, 4, "load() after this handle's append");
      await other.delete("mine");
      same(
        [await idsIn(store), await store.exists("mine")],
        [[], false],
        "list() and exists() after another handle's delete",
      );
      await store.create({ id: "mine", title: "again" });
      const again = await other.head("mine");
      same(
        [again.title, again.revision, again.messageCount],
        ["again", 1, 0],
        "a session that was made anew",
      );
    },
  },
  {
    id: "list.concurrent-writers",
    title: "writers on different sessions from several handles: all are listed, each with its last title",
    async run({ open }) {
      const handles = await Promise.all([open(), open(), open(), open()]);
      await Promise.all(
        handles.map(async (store, writer) => {
          for (let n = 0; n < 5; n++) {
            const id = `writer ${writer} session ${n}`;
            await store.create({ id, messages: [user("x")] });
            await store.update(id, { title: "first" });
            await store.append(id, user("y"));
            await store.update(id, { title: `last of ${id}` });
          }
        }),
      );
      const { sessions } = await (await open()).list({ orderBy: "id" });
      const expected = handles.flatMap((_, writer) =>
        [0, 1, 2, 3, 4].map((n) => `writer ${writer} session ${n}`),
      );
      same(
        sessions.map(({ id }) => id),
        expected,
        "the sessions",
      );
      same(
        sessions.map(({ title }) => title),
        expected.map((id) => `last of ${id}`),
        "their titles",
      );
      same(
        sessions.map(({ messageCount }) => messageCount),
        expected.map(() => 2),
        "their message counts",
      );
    },
  },
  {
    id: "list.unreadable",
    title: "a corrupted session is reported by id and code on the first page, beside the healthy ones",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c", "d"]) await store.create({ id, messages: numbered(1, 2) });
      await hook("corrupt")("b", "head");
      for (const reader of [store, await open()]) {
        const first = await reader.list({ orderBy: "id", limit: 2 });
        same(
          first.sessions.map(({ id }) => id),
          ["a", "c"],
          "the healthy sessions on the first page",
        );
        same(
          first.unreadable.map(({ id, code }) => ({ id, code })),
          [{ id: "b", code: "SESSION_CORRUPTED" }],
          "the unreadable ones",
        );
        holds(
          first.unreadable[0]?.message !== "",
          "the message of an unreadable session",
          first.unreadable,
          "a text that is not empty",
        );
        same(first.unreadableCount, 1, "their number");
        const second = await reader.list({ orderBy: "id", limit: 2, cursor: String(first.nextCursor) });
        same(
          second.sessions.map(({ id }) => id),
          ["d"],
          "the healthy sessions on the second page",
        );
        same([second.unreadable, second.unreadableCount], [[], 0], "the unreadable ones on the second page");
        same(
          (await reader.list({ idPrefix: "a" })).unreadableCount,
          0,
          "unreadable ones with another id prefix",
        );
        same((await reader.list({ ids: ["a", "b"] })).unreadableCount, 1, "unreadable ones among given ids");
      }
    },
  },
  {
    id: "list.unreadable-many",
    title: "of many corrupted sessions at most 100 are named, with the number of all of them",
    requires: ["corrupt"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "healthy" });
      for (let n = 0; n < 103; n++) {
        await store.create({ id: `bad-${n}`, messages: [user("x")] });
        await hook("corrupt")(`bad-${n}`, "head");
      }
      const page = await (await open()).list();
      same(
        page.sessions.map(({ id }) => id),
        ["healthy"],
        "the healthy sessions",
      );
      same(
        [page.unreadable.length, page.unreadableCount],
        [100, 103],
        "how many are named, and how many there are",
      );
    },
  },
  {
    id: "list.ignores-foreign",
    title: "other files, folders, temporary files and misplaced copies are never listed as sessions",
    requires: ["plantStrays"],
    async run({ open, hook }) {
      const store = await open();
      await store.create({ id: "a", title: "T", messages: numbered(1, 2) });
      await store.create({ id: "b" });
      await store.inNamespace("tenant").create({ id: "c" });
      const before = await observeAll(store);
      await hook("plantStrays")();
      for (const reader of [store, await open()]) {
        same(await idsIn(reader), ["a", "b"], "the sessions beside strays");
        same(await observeAll(reader), before, "all that can be read of them");
        same(await idsIn(reader.inNamespace("tenant")), ["c"], "the sessions of another namespace");
      }
      await store.append("a", user("x"));
      same(await store.delete("b"), true, "delete() beside strays");
      same(await idsIn(await open()), ["a"], "the sessions after writes beside strays");
    },
  },
  ...(["lost", "corrupt", "ghost", "stale", "empty", "folder"] as const).map(indexClause),
]);

/** `list.index-folder` is called unreadable, as any other reason why the index cannot be opened. */
function indexClause(damage: IndexDamage): Omit<Clause, "group"> {
  return {
    id: damage === "folder" ? "list.index-unreadable" : `list.index-${damage}`,
    title: INDEX_TITLES[damage],
    requires: ["damageIndex"],
    async run({ open, hook }) {
      const store = await open();
      for (const id of ["a", "b", "c"])
        await store.create({ id, title: `title of ${id}`, messages: numbered(1, 3) });
      await store.update("b", { title: "new title", labels: ["l"] });
      await store.list();
      const before = await observeAll(store);
      const answers = async (reader: typeof store): Promise<unknown> => [
        (await reader.list()).sessions,
        (await reader.list({ labels: ["l"] })).sessions,
        (await reader.list({ titleContains: "title of" })).sessions,
        (await reader.list()).unreadable,
      ];
      const listed = await answers(store);
      await hook("damageIndex")(damage, "b");
      for (const reader of [store, await open()]) {
        same(await answers(reader), listed, "what list() answers");
        same(await observeAll(reader), before, "what the other reads answer");
      }
      await store.create({ id: "d" });
      await store.append("a", user("x"));
      await store.delete("c");
      for (const reader of [store, await open()]) {
        same(await idsIn(reader), ["a", "b", "d"], "the sessions after further writes");
        same((await reader.list({ ids: ["a"] })).sessions[0]?.messageCount, 4, "a row after a further write");
      }
      await rejects("SESSION_NOT_FOUND", store.load("c"), "load() of what was deleted");
    },
  };
}
