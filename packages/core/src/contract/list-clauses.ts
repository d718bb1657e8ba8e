import type { ListQuery, SessionStore } from "../session-store.js";
import { same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { createManualClock, type ManualClock } from "./manual-clock.js";
import { numbered, user } from "./sample-messages.js";

export const listClauses: readonly Clause[] = clauseGroup("list", [
  {
    id: "list.order",
    title:
      "newest first, then by id; or by createdAt, title or id, both ways, pinned first: total, by code point",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      // Made and changed at different times, with ties, and with texts whose UTF-16 order is another than their code point order.
      await create(store, "b", "same");
      await create(store, "a", "same");
      await create(store, "\u{10000}", "\u{10000}");
      await create(store, "\uffee", "\uffee");
      clock.advance(1000);
      await create(store, "Z", "a");
      await create(store, "é", "Z");
      clock.advance(1000);
      await create(store, "e\u0301", "");
      clock.advance(1000);
      await store.append("a", user("later"));
      await store.update("é", { pinned: true });
      await store.update("b", { pinned: true });
      const byTime = ["a", "e\u0301", "Z", "é", "b", "\uffee", "\u{10000}"];
      const orders: readonly (readonly [ListQuery, readonly string[]])[] = [
        [{}, byTime],
        [{ orderBy: "updatedAt", direction: "desc" }, byTime],
        [{ direction: "asc" }, ["b", "\uffee", "\u{10000}", "Z", "é", "e\u0301", "a"]],
        [{ orderBy: "createdAt" }, ["e\u0301", "Z", "é", "a", "b", "\uffee", "\u{10000}"]],
        [{ orderBy: "createdAt", direction: "asc" }, ["a", "b", "\uffee", "\u{10000}", "Z", "é", "e\u0301"]],
        [{ orderBy: "id" }, ["Z", "a", "b", "e\u0301", "é", "\uffee", "\u{10000}"]],
        [{ orderBy: "id", direction: "desc" }, ["\u{10000}", "\uffee", "é", "e\u0301", "b", "a", "Z"]],
        [{ orderBy: "title" }, ["e\u0301", "é", "Z", "a", "b", "\uffee", "\u{10000}"]],
        [{ orderBy: "title", direction: "desc" }, ["\u{10000}", "\uffee", "a", "b", "Z", "é", "e\u0301"]],
        [{ pinnedFirst: true }, ["é", "b", "a", "e\u0301", "Z", "\uffee", "\u{10000}"]],
        [
          { pinnedFirst: true, orderBy: "id", direction: "desc" },
          ["é", "b", "\u{10000}", "\uffee", "e\u0301", "a", "Z"],
        ],
        [{ pinnedFirst: false }, byTime],
      ];
      for (const [query, expected] of orders) {
        same(await ids(store, query), expected, `the order of ${JSON.stringify(query)}`);
        same(
          await walk(store, { ...query, limit: 2 }),
          expected,
          `the order of ${JSON.stringify(query)} in pages of 2`,
        );
      }
      same(await ids(await open()), byTime, "the order that a new handle gives");
    },
  },
  {
    id: "list.filters",
    title: "labels, metadata, pinned, archived, parent, times and title filter, alone and together",
    async run({ open }) {
      const clock = createManualClock();
      const store = await open({ clock: clock.read });
      const times = await createFilterSessions(store, clock);
      const filters: readonly (readonly [ListQuery, readonly string[]])[] = [
        [{}, ["a", "b", "c", "d"]],
        [{ labels: ["x"] }, ["a", "b"]],
        [{ labels: ["x", "y"] }, ["a"]],
        [{ labels: ["X"] }, []],
        [{ labels: [] }, ["a", "b", "c", "d"]],
        [{ metadata: { repo: "web" } }, ["a", "c"]],
        [{ metadata: { n: 1 } }, ["a"]],
        [{ metadata: { n: "1" } }, ["b"]],
        [{ metadata: { n: null } }, ["c"]],
        [{ metadata: { n: true } }, []],
        [{ metadata: { missing: null } }, []],
        [{ metadata: { repo: "web", n: 1 } }, ["a"]],
        [{ metadata: { constructor: null } as never }, []],
        [{ pinned: true }, ["b"]],
        [{ pinned: false }, ["a", "c", "d"]],
        [{ archived: true }, ["c"]],
        [{ archived: false }, ["a", "b", "d"]],
        [{ parentId: "a" }, ["d"]],
        [{ parentId: "b" }, []],
        [{ titleContains: "LOGIN" }, ["a", "b"]],
        [{ titleContains: "100%" }, ["b"]],
        [{ titleContains: "_" }, ["c"]],
        [{ titleContains: "E\u0301TÉ" }, ["c"]],
        [{ titleContains: "" }, ["a", "b", "c", "d"]],
        [{ updatedAfter: times.b }, ["a", "c", "d"]],
        [{ updatedBefore: times.c }, ["b"]],
        [{ createdAfter: times.a }, ["b", "c", "d"]],
        [{ createdBefore: times.b }, ["a"]],
        [{ createdAfter: times.a, createdBefore: times.c }, ["b"]],
        [{ updatedAfter: times.b, updatedBefore: times.b }, []],
        [{ labels: ["x"], pinned: false, titleContains: "login", metadata: { repo: "web" } }, ["a"]],
        [{ labels: ["x"], archived: true }, []],
      ];
      for (const [filter, expected] of filters) {
        same(
          await ids(store, { ...filter, orderBy: "id" }),
          expected,
          `the sessions of ${JSON.stringify(filter)}`,
        );
        const walked = await walk(store, { ...filter, orderBy: "id", limit: 1 });
        same(walked, expected, `the sessions of ${JSON.stringify(filter)} in pages of 1`);
      }
    },
  },
  {
    id: "list.id-prefix",
    title: "idPrefix filters by the beginning of the id, exactly",
    async run({ open }) {
      const store = await open();
      for (const id of ["run", "run-1", "run-2", "Run-3", "a%", "ab", "a_b", "會議", "會"])
        await store.create({ id });
      const prefixes: readonly (readonly [string, readonly string[]])[] = [
        ["run", ["run", "run-1", "run-2"]],
        ["run-", ["run-1", "run-2"]],
        ["R", ["Run-3"]],
        ["a%", ["a%"]],
        ["a_", ["a_b"]],
        ["會", ["會", "會議"]],
        ["none", []],
        ["", ["Run-3", "a%", "a_b", "ab", "run", "run-1", "run-2", "會", "會議"]],
      ];
      for (const [idPrefix, expected] of prefixes) {
        same(
          await ids(store, { idPrefix, orderBy: "id" }),
          expected,
          `the ids that begin with "${idPrefix}"`,
        );
      }
    },
  },
  {
    id: "list.ids",
    title: "ids lists these sessions only, in the query's order; unknown and repeated ones are harmless",
    async run({ open }) {
      const store = await open();
      for (const id of ["a", "b", "c"]) await store.create({ id });
      same(
        await ids(store, { ids: ["c", "missing", "a", "a"], orderBy: "id" }),
        ["a", "c"],
        "the sessions of some ids",
      );
      same(await ids(store, { ids: [] }), [], "the sessions of no ids");
      same(await ids(store, { ids: ["../x", "", "a\u0000b"] }), [], "the sessions of ids that cannot be");
      const many = Array.from({ length: 5000 }, (_, n) => `unknown ${n}`);
      same(await ids(store, { ids: [...many, "b"] }), ["b"], "the sessions of 5,001 ids");
    },
  },
]);

async function create(store: SessionStore, id: string, title: string): Promise<void> {
  await store.create({ id, title });
}

/** Four sessions, and the times at which they were made. */
async function createFilterSessions(
  store: SessionStore,
  clock: ManualClock,
): Promise<{ a: string; b: string; c: string }> {
  const a = clock.iso();
  await store.create({
    id: "a",
    title: "Fix the login bug",
    labels: ["x", "y"],
    metadata: { repo: "web", n: 1 },
    messages: numbered(1, 2),
  });
  const b = clock.advance(1000);
  await store.create({
    id: "b",
    title: "100% of Logins",
    labels: ["x"],
    metadata: { repo: "api", n: "1" },
    pinned: true,
  });
  const c = clock.advance(1000);
  await store.create({
    id: "c",
    title: "snake_case été",
    metadata: { repo: "web", n: null },
    archived: true,
  });
  clock.advance(1000);
  await store.fork("a", { id: "d", title: "" });
  await store.update("d", { labels: [], metadata: {} });
  await store.append("a", user("later"));
  return { a, b, c };
}

async function ids(store: SessionStore, query?: ListQuery): Promise<string[]> {
  return (await store.list(query)).sessions.map(({ id }) => id);
}

/** The ids of every page, one after the other. */
async function walk(store: SessionStore, query: ListQuery): Promise<string[]> {
  const all: string[] = [];
  let page = await store.list(query);
  all.push(...page.sessions.map(({ id }) => id));
  while (page.nextCursor !== null) {
    page = await store.list({ ...query, cursor: page.nextCursor });
    all.push(...page.sessions.map(({ id }) => id));
  }
  return all;
}
