import type { ListQuery, SessionStore } from "../session-store.js";
import { rejects, same } from "./assertions.js";
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
  {
    id: "list.pages",
    title: "a cursor walk yields every session that is unchanged during it exactly once, while others write",
    async run({ open }) {
      const clock = createManualClock();
      const [store, writer] = [await open({ clock: clock.read }), await open({ clock: clock.read })];
      const stay: string[] = [];
      for (let n = 0; n < 30; n++) {
        const id = `s${String(n).padStart(2, "0")}`;
        await store.create({ id, title: `t${n % 3}` });
        if (n % 5 !== 0) stay.push(id);
        if (n % 4 === 0) clock.advance(10);
      }
      for (const query of [
        {},
        { direction: "asc" },
        { orderBy: "id" },
        { orderBy: "title" },
        { orderBy: "createdAt" },
      ] as const) {
        const seen: string[] = [];
        let cursor: string | null = null;
        let page = 0;
        do {
          const answer: Awaited<ReturnType<SessionStore["list"]>> = await store.list({
            ...query,
            limit: 4 + (page % 2),
            ...(cursor === null ? {} : { cursor }),
          });
          seen.push(...answer.sessions.map(({ id }) => id));
          cursor = answer.nextCursor;
          clock.advance(10);
          await writer.append(`s${String((page * 5) % 30).padStart(2, "0")}`, user("busy"));
          await writer.create({ id: `new ${JSON.stringify(query)} ${page}` });
          page += 1;
        } while (cursor !== null && page < 100);
        const unchanged = seen.filter((id) => stay.includes(id));
        same(unchanged.toSorted(), stay, `the unchanged sessions in a walk by ${JSON.stringify(query)}`);
      }
    },
  },
  {
    id: "list.page-size",
    title: "a page holds 50 sessions unless asked otherwise, and nextCursor is null exactly on the last one",
    async run({ open }) {
      const store = await open();
      await Promise.all(Array.from({ length: 52 }, (_, n) => store.create({ id: `s${n}` })));
      const first = await store.list();
      same(first.sessions.length, 50, "sessions on a page by default");
      const second = await store.list({ cursor: first.nextCursor ?? "" });
      same([second.sessions.length, second.nextCursor], [2, null], "the last page");
      const exact = await store.list({ limit: 52 });
      same([exact.sessions.length, exact.nextCursor], [52, null], "a page that just holds all");
      same((await store.list({ limit: 1000 })).sessions.length, 52, "a page of up to 1,000");
    },
  },
  {
    id: "list.cursor-bound",
    title: "a garbled cursor, or one of another query or namespace, rejects INVALID_QUERY",
    async run({ open }) {
      const store = await open();
      for (const id of ["a", "b", "c", "d"]) await store.create({ id, labels: ["l"], metadata: { k: 1 } });
      const view = store.inNamespace("tenant");
      for (const id of ["a", "b"]) await view.create({ id });
      const { nextCursor } = await store.list({ limit: 2, labels: ["l"] });
      const cursor = String(nextCursor);
      same(
        (await store.list({ limit: 1, labels: ["l"], cursor })).sessions.length,
        1,
        "the cursor with another limit",
      );
      const others: ListQuery[] = [
        { limit: 2 },
        { limit: 2, labels: ["l", "m"] },
        { limit: 2, labels: ["l"], orderBy: "id" },
        { limit: 2, labels: ["l"], direction: "asc" },
        { limit: 2, labels: ["l"], pinnedFirst: true },
        { limit: 2, labels: ["l"], metadata: { k: 1 } },
        { limit: 2, labels: ["l"], idPrefix: "a" },
        { limit: 2, labels: ["l"], archived: false },
      ];
      for (const query of others) {
        await rejects(
          "INVALID_QUERY",
          store.list({ ...query, cursor }),
          `the cursor with ${JSON.stringify(query)}`,
        );
      }
      const middle = Math.floor(cursor.length / 2);
      const flipped = cursor[middle] === "A" ? "B" : "A";
      for (const garbled of [
        "",
        "x",
        `${cursor}x`,
        cursor.slice(1),
        cursor.slice(0, middle),
        cursor.slice(0, middle) + flipped + cursor.slice(middle + 1),
        Buffer.from('{"id":"a"}').toString("base64url"),
      ]) {
        await rejects(
          "INVALID_QUERY",
          store.list({ limit: 2, labels: ["l"], cursor: garbled }),
          "a garbled cursor",
        );
      }
      const foreign = await view.list({ limit: 1 });
      await rejects(
        "INVALID_QUERY",
        store.list({ limit: 1, cursor: String(foreign.nextCursor) }),
        "another namespace's cursor",
      );
    },
  },
  {
    id: "list.bad-query",
    title: "a query that makes no sense rejects INVALID_QUERY",
    async run({ open }) {
      const store = await open();
      await store.create({ id: "a" });
      const bad = [
        { limit: 0 },
        { limit: 1001 },
        { limit: -1 },
        { limit: 1.5 },
        { limit: "5" },
        { orderBy: "messages" },
        { direction: "up" },
        { labels: "x" },
        { labels: [1] },
        { metadata: { a: {} } },
        { metadata: [] },
        { pinned: "yes" },
        { archived: 1 },
        { parentId: 7 },
        { titleContains: null },
        { idPrefix: 1 },
        { ids: "a" },
        { ids: [1] },
        { updatedAfter: "yesterday" },
        { createdBefore: "2026-01-01" },
        { updatedBefore: 0 },
        { pinnedFirst: "yes" },
        { cursor: 5 },
      ];
      for (const query of bad) {
        await rejects("INVALID_QUERY", store.list(query as never), `list() with ${JSON.stringify(query)}`);
      }
      await rejects("INVALID_QUERY", store.list("x" as never), "list() with a text");
      await rejects("INVALID_QUERY", store.list([] as never), "list() with an array");
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
