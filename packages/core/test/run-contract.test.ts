import assert from "node:assert/strict";
import { describe, it } from "vitest";
import {
  bindContract,
  type ClauseResult,
  type ContractHarness,
  checkHarness,
  clauses,
  formatReport,
  runContract,
  type TestRunner,
} from "../src/contract.js";
import type { MemoryData } from "../src/memory.js";
import { methods } from "./contract/fault.js";
import { fragileHarness } from "./contract/fragile-harness.js";
import { memoryHarness } from "./contract/memory-harness.js";

const deletesNothing = fragileHarness(
  "forgetful",
  methods(() => ({ delete: async () => false })),
);

describe("clauses", () => {
  it("have ids of their own, in kebab case, below the name of what they are about", () => {
    const ids = clauses.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+\.[a-zA-Z]+(-[a-zA-Z]+)*$/);
    for (const { id, title } of clauses) assert.doesNotMatch(title, /should|\.$/, id);
  });
});

describe("runContract()", () => {
  it("runs single clauses and whole groups", async () => {
    const report = await runContract(memoryHarness, { only: ["close.idempotent", "fork"] });
    const expected = clauses.filter(({ id, group }) => id === "close.idempotent" || group === "fork");
    assert.deepEqual(
      report.passed.map(({ id }) => id),
      expected.map(({ id }) => id),
    );
    assert.equal(report.ok, true);
  });

  it("rejects a TypeError for a clause that there is not", async () => {
    await assert.rejects(runContract(memoryHarness, { only: ["close.sometimes"] }), TypeError);
    const knownGaps = { "close.sometimes": "why not" };
    await assert.rejects(runContract({ ...memoryHarness, knownGaps }), TypeError);
    bindFails({ ...memoryHarness, knownGaps });
  });

  it("rejects a TypeError for rounds that are no whole number from 1", async () => {
    for (const rounds of [0, 1.5, "8" as never])
      await assert.rejects(runContract(memoryHarness, { only: ["close.idempotent"], rounds }), TypeError);
  });

  it("rejects a TypeError for a known gap that does not apply", async () => {
    await assert.rejects(
      runContract({ ...memoryHarness, knownGaps: { "list.index-lost": "why not" } }),
      TypeError,
    );
  });

  it("names clause, expectation and what came instead", async () => {
    const { failed, ok } = await runContract(deletesNothing, { only: ["delete.true-then-false"] });
    assert.equal(ok, false);
    const [failure] = failed;
    assert.equal(failure?.id, "delete.true-then-false");
    for (const part of [
      "[delete.true-then-false]",
      "the first delete()",
      "expected: true",
      "came:     false",
    ]) {
      assert.ok(failure?.reason.includes(part), `${part} is missing in ${failure?.reason}`);
    }
  });

  it("reports what does not apply with the declared reason", async () => {
    const { notApplicable, passed } = await runContract(memoryHarness, {
      only: ["lock.dead-holder", "list.index-lost"],
    });
    assert.deepEqual(passed, []);
    assert.deepEqual(
      notApplicable.map(({ reason }) => reason),
      ["damageIndex: memory has no files and no medium that could fail", "memory belongs to one process"],
    );
  });

  it("expects known gaps to fail, and fails when one passes", async () => {
    const only = ["delete.true-then-false", "delete.neighbours", "close.idempotent"];
    const gaps = { "delete.true-then-false": "not written yet", "close.idempotent": "long mended" };
    const results: ClauseResult[] = [];
    const report = await runContract(
      { ...deletesNothing, knownGaps: gaps },
      { only, onResult: (result) => results.push(result) },
    );
    assert.deepEqual(
      results.map(({ id, outcome }) => [id, outcome]),
      [
        ["close.idempotent", "failed"],
        ["delete.true-then-false", "gap"],
        ["delete.neighbours", "failed"],
      ],
    );
    assert.equal(report.knownGaps[0]?.reason, "not written yet");
  });

  it("counts a clause that never ends as failed", async () => {
    const stuck = fragileHarness(
      "stuck",
      methods(() => ({ exists: () => new Promise<boolean>(() => undefined) })),
    );
    const { failed } = await runContract(stuck, { only: ["delete.never-existed"], clauseTimeoutMs: 50 });
    assert.match(failed[0]?.reason ?? "", /hangs/);
  });

  it("ends at its signal, clears up after the clause under way and rejects with the signal's reason", async () => {
    const places = new Set<MemoryData>();
    const controller = new AbortController();
    const stuck: ContractHarness<MemoryData> = {
      ...memoryHarness,
      create: async () => {
        const place = await memoryHarness.create();
        places.add(place);
        return place;
      },
      open: () => {
        controller.abort(reason);
        return new Promise(() => undefined);
      },
      teardown: async (place) => void places.delete(place),
    };
    const reason = new Error("the caller's own");
    const results: ClauseResult[] = [];
    const run = runContract(stuck, {
      only: ["delete"],
      signal: controller.signal,
      onResult: (result) => results.push(result),
    });
    await assert.rejects(run, (error) => error === reason && reason.message === "the caller's own");
    assert.deepEqual([places.size, results], [0, []]);
  });

  it("names the clause when the harness cannot make a place", async () => {
    const create = async (): Promise<MemoryData> => {
      throw new Error("no room");
    };
    const { failed } = await runContract({ ...memoryHarness, create }, { only: ["close.idempotent"] });
    assert.match(failed[0]?.reason ?? "", /^\[close\.idempotent\] (?:.|\n)*no room$/);
  });

  it("tears every place down, after failures too", async () => {
    let open = 0;
    const counting: ContractHarness<MemoryData> = {
      ...memoryHarness,
      create: () => {
        open += 1;
        return memoryHarness.create();
      },
      teardown: async () => {
        open -= 1;
      },
      open: async () => {
        throw new Error("cannot be opened");
      },
    };
    const { failed } = await runContract(counting, { only: ["delete"] });
    assert.equal(open, 0);
    assert.match(failed[0]?.reason ?? "", /cannot be opened/);
  });
});

describe("formatReport()", () => {
  it("says what failed and why, what does not apply and why, and how many passed", async () => {
    const harness = { ...deletesNothing, knownGaps: { "delete.one-winner": "not written yet" } };
    const only = ["delete.true-then-false", "delete.one-winner", "lock.workers", "close.idempotent"];
    const text = formatReport(await runContract(harness, { only }));
    for (const part of [
      "passed (1)\n  opening: 1\n\n",
      "not applicable (1)\n  memory belongs to one process\n    [lock.workers]\n\n",
      "known gaps, failing as expected (1)\n  not written yet\n    [delete.one-winner]\n\n",
      "failed (1)\n  [delete.true-then-false] ",
      "came:     false\n\nforgetful: 1 passed, 1 failed, 1 not applicable, 1 known gap\n",
    ]) {
      assert.ok(text.includes(part), `${part} is missing in\n${text}`);
    }
  });

  it("says each reason once, wrapped, and leaves out what was shown already", async () => {
    const text = formatReport(await runContract(memoryHarness, { only: ["processes"] }), {
      width: 40,
      isRest: true,
    });
    assert.equal(text.split("memory belongs to one process").length, 2);
    assert.ok(!text.includes("passed ("));
    for (const line of text.trimEnd().split("\n").slice(0, -1)) assert.ok(line.length <= 40, line);
  });
});

describe("checkHarness()", () => {
  it("rejects whatever a type checker would have refused, and names it", () => {
    const { hooks, capabilities } = memoryHarness;
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [undefined, /the harness/],
      [{ ...memoryHarness, name: "" }, /name/],
      [{ ...memoryHarness, open: undefined }, /open/],
      [{ ...memoryHarness, capabilities: { ...capabilities, durable: "yes" } }, /capabilities\.durable/],
      [{ ...memoryHarness, capabilities: { ...capabilities, multiProcess: true } }, /openInProcess/],
      [{ ...memoryHarness, openInProcess: undefined }, /openInProcess/],
      [{ ...memoryHarness, openInProcess: { impossible: "" } }, /openInProcess/],
      [{ ...memoryHarness, hooks: { ...hooks, corrupt: undefined } }, /hooks\.corrupt/],
    ];
    for (const [harness, message] of wrong) assert.throws(() => checkHarness(harness), message);
    checkHarness(memoryHarness);
  });
});

describe("bindContract()", () => {
  it("makes one test of each clause, skipped with the reason where it does not apply", async () => {
    const tests: { name: string; skipped: boolean; body: () => Promise<void> }[] = [];
    const it: TestRunner["it"] = Object.assign(
      (name: string, body: () => Promise<void>) => void tests.push({ name, skipped: false, body }),
      { skip: (name: string, body: () => Promise<void>) => void tests.push({ name, skipped: true, body }) },
    );
    const groups: string[] = [];
    const describe = (name: string, body: () => void): void => {
      groups.push(name);
      body();
    };
    const gaps = { "delete.true-then-false": "not written yet", "close.idempotent": "long mended" };
    bindContract({ ...deletesNothing, knownGaps: gaps }, { describe, it });
    assert.equal(tests.length, clauses.length);
    assert.ok(groups.every((name) => name.startsWith("forgetful: ")));
    const find = (id: string): (typeof tests)[number] => {
      const found = tests.find(({ name }) => name.startsWith(`[${id}] `));
      assert.ok(found !== undefined);
      return found;
    };
    assert.ok(find("lock.workers").skipped);
    assert.match(find("lock.workers").name, /\(not applicable: memory belongs to one process\)$/);
    await find("close.view").body();
    await assert.rejects(find("delete.neighbours").body(), /\[delete\.neighbours\]/);
    assert.match(find("delete.true-then-false").name, /\(known gap: not written yet\)$/);
    await find("delete.true-then-false").body();
    await assert.rejects(find("close.idempotent").body(), /take it off the list/);
  });
});

function bindFails(harness: ContractHarness<MemoryData>): void {
  const it: TestRunner["it"] = Object.assign(() => undefined, { skip: () => undefined });
  assert.throws(() => bindContract(harness, { describe: () => undefined, it }), TypeError);
}
