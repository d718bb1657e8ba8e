import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { snapshotWithId } from "../src/contract/every-method.js";
import { comparePositions, type ListPlan, positionOf, selectPage } from "../src/list-plan.js";
import { encodeCursor, planList } from "../src/list-query.js";
import type { SessionSummary } from "../src/session.js";
import { toSummary } from "../src/session-summary.js";

const row = (id: string, changes: Partial<SessionSummary> = {}): SessionSummary => ({
  ...toSummary(snapshotWithId(id).head),
  ...changes,
});

describe("planList()", () => {
  it.each([
    [{ limit: 0 }],
    [{ limit: 1001 }],
    [{ limit: 1.5 }],
    [{ orderBy: "size" }],
    [{ direction: "up" }],
    [{ updatedAfter: "yesterday" }],
    [{ metadata: { a: {} } }],
    [{ metadata: { userId: undefined } }],
    [{ ids: "a" }],
    [{ colour: "red" }],
    [{ cursor: "abc" }],
    [[]],
    [7],
  ])("refuses %j with INVALID_QUERY", (query) => {
    expect(() => planList(query, "")).toThrow(expect.objectContaining({ code: "INVALID_QUERY" }) as Error);
  });

  it("takes back its own cursor with another limit, and no other query's or namespace's", () => {
    const plan = planList({ labels: ["a"], limit: 2 }, "tenant");
    const cursor = encodeCursor(positionOf(plan, row("x")), plan, "tenant");
    expect(planList({ labels: ["a"], limit: 9, cursor }, "tenant").after).toEqual(positionOf(plan, row("x")));
    for (const [query, namespace] of [
      [{ labels: ["b"], cursor }, "tenant"],
      [{ labels: ["a"], cursor }, ""],
      [{ labels: ["a"], pinnedFirst: true, cursor }, "tenant"],
    ] as const) {
      expect(() => planList(query, namespace)).toThrow(
        expect.objectContaining({ code: "INVALID_QUERY" }) as Error,
      );
    }
  });

  it("takes back a cursor of the same ids in another order, and refuses that of other ids", () => {
    const plan = planList({ ids: ["x", "y"] }, "");
    const cursor = encodeCursor(positionOf(plan, row("x")), plan, "");
    expect(planList({ ids: ["y", "x"], cursor }, "").after).toEqual(positionOf(plan, row("x")));
    expect(() => planList({ ids: ["x"], cursor }, "")).toThrow(
      expect.objectContaining({ code: "INVALID_QUERY" }) as Error,
    );
  });

  it("refuses a cursor with any one character changed", () => {
    const plan = planList({}, "");
    const cursor = encodeCursor(positionOf(plan, row("x")), plan, "");
    for (let index = 0; index < cursor.length; index++) {
      const garbled = `${cursor.slice(0, index)}${cursor[index] === "A" ? "B" : "A"}${cursor.slice(index + 1)}`;
      expect(() => planList({ cursor: garbled }, "")).toThrow(
        expect.objectContaining({ code: "INVALID_QUERY" }) as Error,
      );
    }
  });
});

describe("selectPage()", () => {
  it("walks every row once, in one total order, whatever the page size", async () => {
    const rows = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 3, unit: "binary" }),
        title: fc.constantFrom("", "a", "\u{1f600}", "\uffff"),
        pinned: fc.boolean(),
        updatedAt: fc.constantFrom("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"),
      }),
      { selector: ({ id }) => id, maxLength: 40 },
    );
    const query = fc.record({
      orderBy: fc.constantFrom("updatedAt", "title", "id"),
      direction: fc.constantFrom("asc", "desc"),
      pinnedFirst: fc.boolean(),
      limit: fc.integer({ min: 1, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(rows, query, async (changes, asked) => {
        const all = changes.map((change) => row(change.id, change));
        let plan: ListPlan = planList(asked, "");
        const walked: SessionSummary[] = [];
        for (;;) {
          const page = await selectPage(plan, all);
          walked.push(...page.sessions);
          const last = page.sessions.at(-1);
          if (!page.hasMore || last === undefined) break;
          plan = { ...plan, after: positionOf(plan, last) };
        }
        const sorted = all.toSorted((a, b) =>
          comparePositions(plan, positionOf(plan, a), positionOf(plan, b)),
        );
        expect(walked.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
      }),
    );
  });

  it("keeps the best rows of many in bounded memory", async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      row(`s${index}`, { updatedAt: new Date(index).toISOString() }),
    );
    const { sessions, hasMore } = await selectPage(planList({ limit: 3 }, ""), rows);
    expect(sessions.map(({ id }) => id)).toEqual(["s19999", "s19998", "s19997"]);
    expect(hasMore).toBe(true);
  });

  it.each([
    { orderBy: "updatedAt", direction: "asc" },
    { orderBy: "createdAt", direction: "desc" },
    { orderBy: "title", direction: "asc", pinnedFirst: true },
    { orderBy: "id", direction: "desc", pinnedFirst: true },
  ] as const)("gives the page that sorting all rows would, by %j", async (query) => {
    const plan = planList({ ...query, limit: 5 }, "");
    // 7919 is prime to 3000: each number once, in no order.
    const rows = Array.from({ length: 3000 }, (_, index) => {
      const number = (index * 7919) % 3000;
      const time = new Date(number).toISOString();
      return row(`s${number}`, {
        title: `${number % 50}`,
        pinned: number % 7 === 0,
        updatedAt: time,
        createdAt: time,
      });
    });
    const sorted = rows.toSorted((a, b) => comparePositions(plan, positionOf(plan, a), positionOf(plan, b)));
    expect((await selectPage(plan, rows)).sessions).toEqual(sorted.slice(0, 5));
  });
});

// every() passes over holes, so that undefined reached the backend.
it("an array with holes is refused as ids and as labels", () => {
  for (const query of [{ ids: ["a"].concat(new Array(2)) }, { labels: new Array(2) }]) {
    expect(() => planList(query, "")).toThrow(expect.objectContaining({ code: "INVALID_QUERY" }) as Error);
  }
});

it("a metadata filter is the same plan in whatever order its keys are written", () => {
  const plan = planList({ metadata: { a: 1, c: null, b: "x" } }, "");
  expect(plan.metadata).toEqual([
    ["a", 1],
    ["b", "x"],
    ["c", null],
  ]);
  expect(planList({ metadata: { c: null, b: "x", a: 1 } }, "").metadata).toEqual(plan.metadata);
});
