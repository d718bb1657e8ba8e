import { type ListPlan, positionOf, selectPage } from "@agent-sessions/core/backend";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DatabaseHandle } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { idPrefixFilter } from "../src/list-sql.js";
import { loadDriver } from "../src/load-driver.js";
import { SessionLister } from "../src/session-lister.js";
import { SessionLocks } from "../src/session-locks.js";
import { Transactions } from "../src/transactions.js";
import { planFor } from "./plans.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;

beforeEach(async () => {
  path = await makePlace();
});

afterEach(async () => {
  await removePlace(path);
});

it("windows that a filter leaves nearly empty end no list early, in any order", async () => {
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  const store = await openSqliteSessionStore({ path, durability: "relaxed", clock: () => now });
  for (let n = 0; n < 40; n++) {
    if (n % 3 === 0) now += 1000;
    const title = `title ${n % 5}`;
    await store.create({ id: `s${(n * 7) % 40}`, title, archived: n % 9 === 0, pinned: n % 18 === 0 });
  }
  const all = (await store.list({ limit: 1000 })).sessions;
  await store.close();
  expect(all).toHaveLength(40);
  const settings = { durability: "relaxed", journalMode: null, busyTimeoutMs: 5, readOnly: true } as const;
  const source = { kind: "file", path, driver: loadDriver(), settings } as const;
  const handle = new DatabaseHandle(source, { location: path, search: true });
  const options = { location: path, readTimeoutMs: 1000 };
  const lister = new SessionLister(new Transactions(handle, new SessionLocks(null), options), path, 4);
  for (const orderBy of ["updatedAt", "createdAt", "title", "id"] as const) {
    for (const direction of ["asc", "desc"] as const) {
      for (const pinnedFirst of [false, true]) {
        const given: Partial<ListPlan> = { orderBy, direction, pinnedFirst, archived: true, limit: 2 };
        const ids: string[] = [];
        for (let plan: ListPlan | null = planFor(given); plan !== null; ) {
          const { sessions, hasMore } = await lister.page("", plan);
          ids.push(...sessions.map(({ id }) => id));
          const last = sessions.at(-1);
          plan = hasMore && last !== undefined ? { ...plan, after: positionOf(plan, last) } : null;
        }
        const expected = await selectPage(planFor({ ...given, limit: 100 }), all);
        expect(ids).toEqual(expected.sessions.map(({ id }) => id));
        expect(ids).toHaveLength(5);
      }
    }
  }
  handle.close();
});

it("the bounds of a prefix end at the next text that can be, where there is one", () => {
  expect(idPrefixFilter("id", "")).toBeNull();
  expect(idPrefixFilter("id", "ab")?.values).toEqual(["ab", "ac"]);
  expect(idPrefixFilter("id", "a\u{10ffff}")?.values).toEqual(["a\u{10ffff}", "b"]);
  // What follows U+D7FF are the surrogates, which are no characters.
  expect(idPrefixFilter("id", "a\ud7ff")?.values).toEqual(["a\ud7ff", "a\ue000"]);
  expect(idPrefixFilter("id", "\u{10ffff}\u{10ffff}")).toEqual({
    sql: "id >= ?",
    values: ["\u{10ffff}\u{10ffff}"],
  });
});
