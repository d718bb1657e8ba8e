import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelFacet } from "../src/head-row.js";
import { openSqliteSessionStore } from "../src/index.js";
import {
  keysOfIds,
  namedAccesses,
  namedBy,
  runsOf,
  type SqlPart,
  selectSessions,
  selectWindowEnd,
} from "../src/list-sql.js";
import { APPLICATION_ID, SESSION_IS_UNREADABLE } from "../src/schema.js";
import { planFor } from "./plans.js";
import { makePlace, meddle, removePlace } from "./sqlite-harness.js";

let path: string;
let database: Database.Database;

beforeAll(async () => {
  path = await makePlace();
  const store = await openSqliteSessionStore({ path });
  await store.create({ id: "a", title: "T", labels: ["x"], messages: [{ role: "user", content: "hello" }] });
  await store.close();
  database = new Database(path);
});

afterAll(async () => {
  database.close();
  await removePlace(path);
});

function explain({ sql, values }: SqlPart): string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

describe("list queries", () => {
  const walks = [
    ["updatedAt", "desc", "agent_sessions_sessions_by_updated"],
    ["createdAt", "desc", "agent_sessions_sessions_by_created"],
    ["title", "asc", "agent_sessions_sessions_by_title"],
    ["id", "asc", "agent_sessions_sessions_by_id"],
    ["id", "desc", "agent_sessions_sessions_by_id"],
  ] as const;
  for (const [orderBy, direction, index] of walks) {
    for (const after of [null, { pinned: null, value: "x", id: "y" }]) {
      it(`walk an index, without scan and sort: ${orderBy} ${direction}${after === null ? "" : ", behind a cursor"}`, () => {
        const plan = planFor({ orderBy, direction, after });
        for (const run of runsOf(plan)) {
          const steps = explain(selectSessions("", plan, run, { kind: "in-order" }, null, 50));
          expect(steps).toHaveLength(1);
          expect(steps[0]).toContain(`SEARCH s USING INDEX ${index} (namespace=?`);
          expect(explain(selectWindowEnd("", plan, run, 100)).join()).toMatch(
            new RegExp(`^SEARCH s USING (COVERING )?INDEX ${index} \\(namespace=\\?[^,]*\\)$`),
          );
        }
      });
    }
  }

  it("seek to the place behind a cursor", () => {
    const plan = planFor({ after: { pinned: null, value: "2026-01-01T00:00:00.000Z", id: "y" } });
    const [step] = explain(
      selectSessions("", plan, { pinned: null, after: plan.after }, { kind: "in-order" }, null, 50),
    );
    expect(step).toContain("(namespace=? AND updated_at<?)");
  });

  it("read pinned sessions from an index that holds no others", () => {
    const [pinned, others] = runsOf(planFor({ pinnedFirst: true })).map((run) =>
      explain(selectSessions("", planFor({ pinnedFirst: true }), run, { kind: "in-order" }, null, 50)),
    );
    expect(pinned).toEqual([expect.stringContaining("USING INDEX agent_sessions_sessions_pinned")]);
    expect(others).toEqual([expect.stringContaining("USING INDEX agent_sessions_sessions_by_updated")]);
  });

  it("reach sessions by facet, parent and id without a scan", () => {
    const plan = planFor({ labels: ["x"], metadata: [["n", 1]], parentId: "p" });
    const accesses = [...namedAccesses("", plan), keysOfIds("", ["a", "b"])];
    expect(accesses).toHaveLength(4);
    for (const keys of accesses) {
      const access = { kind: "named", from: namedBy(keys) } as const;
      const steps = explain(selectSessions("", plan, { pinned: null, after: null }, access, null, 50));
      expect(steps.filter((step) => step.startsWith("SCAN") && !step.includes("VIRTUAL TABLE"))).toEqual([]);
    }
    expect(explain(namedAccesses("", plan)[0] ?? { sql: "", values: [] })).toEqual([
      "SEARCH agent_sessions_facets USING PRIMARY KEY (namespace=? AND kind=? AND key=? AND value=?)",
    ]);
    expect(labelFacet("x")).toEqual(["label", "x", ""]);
  });

  it("find damaged rows in an index of damaged rows alone", () => {
    const sql = `SELECT id FROM agent_sessions_sessions INDEXED BY agent_sessions_sessions_unreadable
      WHERE namespace = ? AND (${SESSION_IS_UNREADABLE})`;
    expect(explain({ sql, values: [""] }).join()).toContain(
      "agent_sessions_sessions_unreadable (namespace=?)",
    );
  });
});

it("entries are read as one run of the primary key", () => {
  const sql = `SELECT e.message FROM agent_sessions_sessions s CROSS JOIN agent_sessions_entries e
    WHERE s.pk = ? AND s.epoch = ? AND e.pk BETWEEN ((? << 32) | ?) AND ((? << 32) | ?) ORDER BY e.pk DESC LIMIT 10`;
  expect(explain({ sql, values: [1, "e", 1, 1, 1, 9] })).toEqual([
    "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
    "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
  ]);
});

it("a file of ours is marked, versioned, in WAL mode and can give pages back", () => {
  expect(database.pragma("application_id", { simple: true })).toBe(APPLICATION_ID);
  expect(database.pragma("user_version", { simple: true })).toBe(1000);
  expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(database.pragma("auto_vacuum", { simple: true })).toBe(2);
  const tables = database
    .prepare("SELECT name, strict, type FROM pragma_table_list WHERE schema = 'main'")
    .all() as {
    name: string;
    strict: number;
    type: string;
  }[];
  const ours = tables.filter(({ name, type }) => type === "table" && !name.startsWith("sqlite_"));
  expect(ours.map(({ name, strict }) => [name, strict]).sort()).toEqual(
    [
      "entries",
      "facets",
      "leftovers",
      "locks",
      "operations",
      "search_blocks",
      "sessions",
      "set_aside",
      "states",
      "store",
    ].map((name) => [`agent_sessions_${name}`, 1]),
  );
});

it("an append changes neither the text of the state nor the rows of labels and metadata", async () => {
  const place = await makePlace();
  const store = await openSqliteSessionStore({ path: place });
  await store.create({ id: "a", labels: ["x"], metadata: { n: 1 }, state: { big: "y" } });
  meddle(place, (direct) => {
    for (const table of ["states", "facets"]) {
      for (const change of ["INSERT", "UPDATE", "DELETE"]) {
        direct.exec(`CREATE TRIGGER no_${change}_${table} BEFORE ${change} ON agent_sessions_${table}
          BEGIN SELECT RAISE(ABORT, 'written'); END`);
      }
    }
  });
  await store.append("a", { role: "user", content: "hello" }, { usage: { inputTokens: 1 } });
  await store.truncate("a", 0);
  await store.update("a", { title: "T" });
  expect((await store.head("a")).state).toEqual({ big: "y" });
  await store.close();
  await removePlace(place);
});
