import type { SessionStore } from "@agent-sessions/core";
import { labelFacet, runsOf } from "@agent-sessions/core/backend";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteSessionStore } from "../src/index.js";
import {
  keysOfIds,
  namedAccesses,
  namedBy,
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

/** The plans of all statements that a call runs, by statement; settings and transactions have none. */
async function plansOf(call: (store: SessionStore) => Promise<unknown>): Promise<Map<string, string[]>> {
  const given = new Database(":memory:");
  const store = await openSqliteSessionStore({ database: given });
  const messages = Array.from({ length: 100 }, (_, n) => ({ role: "user", content: `message ${n}` }));
  await store.create({ id: "a", title: "T", labels: ["x"], state: { n: 1 }, messages });
  await store.close();
  const seen = new Set<string>();
  const prepare = given.prepare.bind(given);
  given.prepare = ((sql: string) => {
    seen.add(sql);
    return prepare(sql);
  }) as typeof prepare;
  const watched = await openSqliteSessionStore({ database: given });
  await call(watched);
  await watched.close();
  const plans = new Map<string, string[]>();
  for (const sql of seen) {
    const values = Array.from({ length: sql.split("?").length - 1 }, () => null);
    const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
    if (steps.length > 0)
      plans.set(
        sql,
        steps.map(({ detail }) => detail),
      );
  }
  given.close();
  return plans;
}

it("an append scans nothing but the one row of the store and the sweeper's list, and sorts nothing", async () => {
  const message = { role: "user", content: "one more" };
  const plans = await plansOf((store) =>
    store.append("a", message, { operationId: "op", usage: { inputTokens: 1 } }),
  );
  const steps = [...plans.values()].flat();
  expect(steps.filter((step) => step.includes("agent_sessions_sessions_by_id"))).not.toEqual([]);
  expect(steps.filter((step) => step.includes("agent_sessions_search_blocks_by_transcript"))).not.toEqual([]);
  const costly = [...plans].filter(([, plan]) =>
    plan.some((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(step)),
  );
  const allowed = /FROM (agent_sessions_store|agent_sessions_leftovers|sqlite_schema)/;
  expect(costly.map(([sql]) => sql).filter((sql) => !allowed.test(sql))).toEqual([]);
});

it("newest messages under a byte budget are read backwards along the primary key", async () => {
  const plans = await plansOf(async (store) => {
    const seqs: number[] = [];
    for await (const { seq } of store.messages("a", { maxBytes: 100 })) seqs.push(seq);
    expect(seqs.at(-1)).toBe(100);
    expect(seqs.length).toBeLessThan(5);
  });
  const reads = [...plans].filter(([sql]) => sql.includes("agent_sessions_entries"));
  expect(reads).toHaveLength(1);
  expect(reads[0]?.[0]).toContain("ORDER BY e.pk desc");
  expect(reads[0]?.[1]).toEqual([
    "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
    "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
  ]);
});

it("a file of ours is marked, versioned, in WAL mode and can give pages back", () => {
  expect(database.pragma("application_id", { simple: true })).toBe(APPLICATION_ID);
  expect(database.pragma("user_version", { simple: true })).toBe(2000);
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
