import type { ListQuery, SessionStore } from "../session-store.js";
import { rejects, same } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { createManualClock } from "./manual-clock.js";
import { user } from "./sample-messages.js";

export const listPageClauses: readonly Clause[] = clauseGroup("list", [
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
        { metadata: { userId: undefined } },
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
