import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkOptions, STORE_OPTION_CHECKS, storeOver } from "../src/backend.js";
import { type ContractHarness, clauses, formatReport, runContract } from "../src/contract.js";
import type { StoreOptions } from "../src/index.js";
import type { MemoryData } from "../src/memory.js";
import { MemoryBackend } from "../src/memory-backend.js";
import type { SessionBackend } from "../src/session-backend.js";
import { memoryHarness } from "./contract/memory-harness.js";

const PRIMITIVES: ReadonlySet<string> = new Set([
  "readHead",
  "openTranscript",
  "mutate",
  "replace",
  "remove",
  "acquireLock",
  "listPage",
  "searchCandidates",
  "namespaces",
  "verify",
  "repair",
  "backup",
] satisfies (keyof SessionBackend)[]);

const page = readFileSync(new URL("../../../docs/writing-an-adapter.md", import.meta.url), "utf8");
const order = page.slice(page.indexOf("## In which order"), page.indexOf("## The factory"));
const names = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

/** The numbered steps: what is written in each, and which clauses are green then. */
const steps = order
  .split(/^\d\. /m)
  .slice(1)
  .map((step) => {
    const [written = "", green = ""] = step.split("Green: ");
    return { primitives: names(written).filter((name) => PRIMITIVES.has(name)), green: names(green) };
  });

/** A store of which only these primitives are written. */
function harnessWith(written: ReadonlySet<string>): ContractHarness<MemoryData> {
  const unwritten = (name: string) => (): never => {
    throw new Error(`${name} is not written yet`);
  };
  const missing = [...PRIMITIVES].filter((name) => !written.has(name));
  return {
    ...memoryHarness,
    open: async (data, options) => {
      const backend: SessionBackend = new MemoryBackend(data);
      for (const name of missing) Reflect.set(backend, name, unwritten(name));
      return storeOver(backend, checkOptions("open", options, STORE_OPTION_CHECKS) as StoreOptions);
    },
  };
}

describe("docs/writing-an-adapter.md: the steps", () => {
  it("write every primitive", () => {
    expect(new Set(steps.flatMap(({ primitives }) => primitives))).toEqual(PRIMITIVES);
  });

  it.each(steps.slice(0, 5).map((step, index) => [index + 1, step.green] as const))(
    "after step %i its clauses pass, with nothing else written",
    async (number, green) => {
      const written = new Set(steps.slice(0, number).flatMap(({ primitives }) => primitives));
      const report = await runContract(harnessWith(written), { only: green, rounds: 1 });
      expect(report.ok, formatReport(report)).toBe(true);
      expect(report.passed.length).toBeGreaterThan(0);
    },
  );

  it("name, together with the last one, every group", () => {
    const last = names(order.slice(order.indexOf("6. "))).filter((name) => name !== "openInProcess");
    const named = new Set([...steps.flatMap(({ green }) => green), ...last]);
    const groups = new Set(clauses.map(({ group }) => group));
    expect([...groups].filter((group) => !named.has(group))).toEqual([]);
  });
});
