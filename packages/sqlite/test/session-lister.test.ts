import type { SessionSummary } from "@agent-sessions/core";
import { type ListPlan, positionOf, selectPage } from "@agent-sessions/core/backend";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DatabaseHandle } from "../src/database-handle.js";
import { openSqliteSessionStore } from "../src/index.js";
import { loadDriver } from "../src/load-driver.js";
import { SessionLister } from "../src/session-lister.js";
import { SessionLocks } from "../src/session-locks.js";
import { Transactions } from "../src/transactions.js";
import { planFor } from "./plans.js";
import { makePlace, removePlace } from "./sqlite-harness.js";

let path: string;
let handle: DatabaseHandle;
let listers: readonly SessionLister[];
let all: SessionSummary[];

const TITLES = [
  "",
  "Fix",
  "fix",
  "FIX it",
  "\u{10000}",
  "\uffff",
  "ÉTÉ",
  "e\u0301te\u0301",
  "100%",
  "a_b",
  "ΟΔΟΣ",
];
const IDS = [
  "a",
  "ab",
  "a%",
  "a_b",
  "A",
  "\uffff",
  "\u{1f600}",
  "b",
  "é",
  "e\u0301",
  "a\u{10ffff}",
  "a\u{10ffff}b",
];
const VALUES = [1, "1", true, "true", null, "null", 1.5, "", 1e21] as const;

beforeAll(async () => {
  path = await makePlace();
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  const store = await openSqliteSessionStore({ path, durability: "relaxed", clock: () => now });
  for (let n = 0; n < 300; n++) {
    if (n % 3 === 0) now += 1000;
    await store.create({
      id: n < IDS.length ? (IDS[n] ?? "") : `session-${(n * 7919) % 300}`,
      title: TITLES[n % TITLES.length] ?? "",
      labels: ["all", ...(n % 2 === 0 ? ["even"] : []), ...(n % 50 === 0 ? ["rare"] : [])],
      metadata: { value: VALUES[n % VALUES.length] ?? null, ...(n % 5 === 0 ? { fifth: true } : {}) },
      pinned: n % 11 === 0,
      archived: n % 4 === 0,
      parent: n % 6 === 0 ? { id: "a", messageCount: 0 } : null,
      updatedAt: new Date(now + (n % 7) * 1000).toISOString(),
      createdAt: new Date(now).toISOString(),
    });
  }
  all = (await store.list({ limit: 1000 })).sessions;
  await store.inNamespace("other").create({ id: "a", title: "Fix", labels: ["all"] });
  await store.close();
  const settings = { durability: "durable", journalMode: null, busyTimeoutMs: 5, readOnly: true } as const;
  const options = { location: path, search: true };
  handle = new DatabaseHandle({ kind: "file", path, driver: loadDriver(), settings }, options);
  const transactions = new Transactions(handle, new SessionLocks(null), {
    location: path,
    readTimeoutMs: 1000,
  });
  listers = [new SessionLister(transactions, path), new SessionLister(transactions, path, 7)];
});

afterAll(async () => {
  handle.close();
  await removePlace(path);
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { freq: 3, nil: null });
const time = fc
  .integer({ min: -2, max: 110 })
  .map((s) => new Date(Date.parse("2026-01-01T00:00:00.000Z") + s * 1000).toISOString());
const plans: fc.Arbitrary<ListPlan> = fc
  .record({
    ids: fc.option(
      fc.uniqueArray(fc.constantFrom(...IDS, "session-7", "missing")).map((ids) => new Set(ids)),
      { freq: 8, nil: null },
    ),
    idPrefix: fc.option(
      fc.constantFrom("a", "a%", "a_", "session-1", "\u{1f600}", "a\u{10ffff}", "", "zzz"),
      { freq: 8, nil: null },
    ),
    labels: fc.subarray(["all", "even", "rare", "missing"], { maxLength: 2 }),
    metadata: fc.subarray(
      VALUES.map((value) => ["value", value] as const).concat([["fifth" as never, true]]),
      { maxLength: 1 },
    ),
    pinned: maybe(fc.boolean()),
    archived: maybe(fc.boolean()),
    parentId: fc.option(fc.constantFrom("a", "b"), { freq: 8, nil: null }),
    titleContains: fc.option(fc.constantFrom("fix", "été", "%", "_", "\u{10000}", "οδος", "none"), {
      freq: 6,
      nil: null,
    }),
    updatedAfter: maybe(time),
    updatedBefore: maybe(time),
    createdAfter: maybe(time),
    createdBefore: maybe(time),
    orderBy: fc.constantFrom("updatedAt", "createdAt", "title", "id"),
    direction: fc.constantFrom("asc", "desc"),
    pinnedFirst: fc.boolean(),
    limit: fc.integer({ min: 1, max: 60 }),
  })
  .map((given) => planFor(given as Partial<ListPlan>));

it("every page of every query is the one that core's own rules select, in windows of any size", async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.constantFrom(...listers), async (first, lister) => {
      let plan = first;
      for (;;) {
        const page = await lister.page("", plan);
        const expected = await selectPage(plan, all);
        expect(page.sessions.map(({ id }) => id)).toEqual(expected.sessions.map(({ id }) => id));
        expect(page.hasMore).toBe(expected.hasMore);
        const last = page.sessions.at(-1);
        if (!page.hasMore || last === undefined) return;
        plan = { ...plan, after: positionOf(plan, last) };
      }
    }),
    { numRuns: 400 },
  );
});
