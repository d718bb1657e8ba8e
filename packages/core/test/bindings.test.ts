import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { whyNotApplicable } from "../src/contract/run-contract.js";
import { bindContract, clauses } from "../src/contract.js";
import { memoryHarness } from "./contract/memory-harness.js";

const applicable = clauses.filter((clause) => whyNotApplicable(memoryHarness, clause) === null);

describe("bindContract() under node:test", () => {
  const file = fileURLToPath(new URL("contract/bind-node.mjs", import.meta.url));

  /** Runs the clauses whose ids begin with `prefix`; the whole suite takes as long here as under vitest. */
  async function runNode(
    store: string,
    prefix: string,
  ): Promise<{ exitCode: number | null; output: string }> {
    const only = `--test-name-pattern=^\\[${prefix}\\.`;
    const child = spawn(process.execPath, ["--test", "--test-reporter=tap", only, file], {
      // Vitest's own variables would make it report to vitest.
      env: { PATH: process.env["PATH"], STORE: store },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const output = await text(child.stdout);
    return { exitCode: await exited, output };
  }

  it("makes a test of each clause, skips what does not apply, and exits with 0", async () => {
    const { exitCode, output } = await runNode("sound", "lock");
    expect(exitCode).toBe(0);
    for (const { id } of clauses.filter((clause) => clause.id.startsWith("lock."))) {
      const isApplicable = applicable.some((clause) => clause.id === id);
      const line = output.split("\n").find((candidate) => candidate.includes(` - [${id}] `));
      expect(line).toMatch(isApplicable ? / ok \d+ - \[(?!.*# SKIP)/ : /\(not applicable: .*\) # SKIP/);
    }
  });

  it("exits with 1 for a store that is wrong, and says which clause, what was expected and what came", async () => {
    const { exitCode, output } = await runNode("faulty", "update");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/not ok \d+ - \[update\.fields\]/);
    expect(output).toMatch(/expected: .*\n *came: /);
    expect(output).toMatch(/ ok \d+ - \[update\.missing\]/);
  });
});

describe("bindContract() under runners with global describe and it, as bun's and jest's", () => {
  it("takes the globals as they are: it(name, body, timeout) and it.skip(name, body)", async () => {
    const tests = new Map<string, () => Promise<void>>();
    const skipped: string[] = [];
    const names: string[] = [];
    const globals = {
      describe: (name: string, body: () => void) => {
        names.push(name);
        body();
      },
      it: Object.assign(
        (name: string, body: () => Promise<void>, timeoutMs?: number) => {
          if (timeoutMs === undefined)
            throw new TypeError("without a timeout bun ends a test after 5 seconds");
          tests.set(name, body);
        },
        { skip: (name: string) => void skipped.push(name) },
      ),
    };
    const { describe: group, it: test } = globals;
    bindContract(memoryHarness, { describe: group, it: test });
    expect(tests.size).toBe(applicable.length);
    expect(skipped).toHaveLength(clauses.length - applicable.length);
    expect(names).toContain("memory: append");
    await tests.get("[append.empty] an append of nothing is no change; with usage it is one")?.();
  });
});
