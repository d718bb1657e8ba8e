import { describe, expect, it } from "vitest";
import { codeOf } from "../src/contract/assertions.js";
import { CallWatch } from "../src/contract/call-watch.js";
import type { Clause } from "../src/contract/clause.js";
import { holdLock } from "../src/contract/hold-lock.js";
import { idsIn } from "../src/contract/observe-session.js";
import { codeOfChild } from "../src/contract/other-writer.js";
import { runClause } from "../src/contract/run-clause.js";
import { type ClauseResult, formatReport, runContract } from "../src/contract.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import { overriding } from "./contract/fault.js";
import { memoryHarness } from "./contract/memory-harness.js";

function clause(run: Clause["run"]): Clause {
  return { id: "group.name", group: "group", title: "a rule", run };
}

describe("runClause()", () => {
  it("fails a clause that opens a process, or uses a hook, without requiring it", async () => {
    const opening = clause(async ({ openElsewhere }) => void (await openElsewhere("process")));
    await expect(runClause(memoryHarness, opening)).rejects.toThrow("without requiring multiProcess");
    const hooking = clause(async ({ hook }) => void hook("damageIndex"));
    await expect(runClause(memoryHarness, hooking)).rejects.toThrow("damageIndex without requiring it");
  });

  it("fails a clause whose clearing up fails, and says so", async () => {
    const harness = {
      ...memoryHarness,
      teardown: async () => {
        throw new Error("the folder is not empty");
      },
    };
    const passing = clause(async ({ open }) => void (await open()));
    await expect(runClause(harness, passing)).rejects.toThrow(/teardown\(\)(?:.|\n)*the folder is not empty/);
  });

  it("names the clause and the call when what was thrown is no Error", async () => {
    const harness = {
      ...memoryHarness,
      open: async () => {
        throw "out of order";
      },
    };
    const opening = clause(async ({ open }) => void (await open()));
    await expect(runClause(harness, opening)).rejects.toMatchObject({
      message: expect.stringMatching(/^\[group\.name\] a rule\n(?:.|\n)*out of order$/),
      cause: "out of order",
    });
    const { failed } = await runContract(harness, { only: ["close.idempotent"] });
    expect(failed[0]?.reason).toMatch(/^\[close\.idempotent\] (?:.|\n)*out of order$/);
  });
});

describe("CallWatch", () => {
  it("knows the call that rejected with an error, and none for one it has not seen", async () => {
    const watch = new CallWatch();
    const error = new Error("disk full");
    await watch.note("append", Promise.reject(error));
    expect([watch.methodOf(error), watch.methodOf(new Error("disk full")), watch.methodOf("text")]).toEqual([
      "append()",
      null,
      null,
    ]);
  });
});

describe("formatReport()", () => {
  const gap = (id: string): ClauseResult => ({ id, group: "g", title: "t", outcome: "gap", reason: "later" });
  const report = { harness: "h", ok: true, passed: [], failed: [], notApplicable: [] };

  it("counts one gap and several in words that fit", () => {
    expect(formatReport({ ...report, knownGaps: [gap("g.a")] })).toContain(", 1 known gap\n");
    expect(formatReport({ ...report, knownGaps: [gap("g.a"), gap("g.b")] })).toContain(", 2 known gaps\n");
  });
});

it("an outcome without a code is told by the text of its error", () => {
  expect(codeOf({ error: new RangeError("too far") })).toBe("uncoded: RangeError: too far");
  expect(codeOf({ value: undefined })).toBe("resolved");
  expect(codeOfChild({ error: { code: null, message: "too far" } })).toBe("too far");
  expect(codeOfChild({ error: { code: "STORE_IO", message: "too far" } })).toBe("STORE_IO");
  expect(codeOfChild({ value: null })).toBe("resolved");
});

it("holdLock() rejects when the store takes the lock without running the body", async () => {
  const store = overriding(await openMemorySessionStore(), { withLock: async () => undefined as never });
  await expect(holdLock({ defer: () => undefined }, store, "a")).rejects.toThrow("without running its body");
});

it("idsIn() walks all pages of a list", async () => {
  const store = await openMemorySessionStore();
  const ids = Array.from({ length: 1001 }, (_, n) => `s${n}`);
  for (const id of ids) await store.create({ id });
  expect(await idsIn(store)).toEqual(ids.toSorted());
});

it("runContract() rejects with the signal's reason when that is no Error", async () => {
  const controller = new AbortController();
  const harness = {
    ...memoryHarness,
    open: () => {
      controller.abort("enough");
      return new Promise<never>(() => undefined);
    },
  };
  const run = runContract(harness, { only: ["close.idempotent"], signal: controller.signal });
  await expect(run).rejects.toBe("enough");
});
