import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { MEMORY_HARNESS } from "./memory-harness.js";
import { type Cli, type CliResult, newCli } from "./run-cli.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

/** A store whose delete() does nothing, and says that it did. */
const FORGETFUL_HARNESS = `${MEMORY_HARNESS.replace("export const", "const")}
export default {
  ...harness,
  name: "forgetful",
  open: async (data, options) => {
    const store = await harness.open(data, options);
    return new Proxy(store, {
      get: (target, name) => {
        const value = name === "delete" ? async () => true : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  },
};
`;

async function newCliWith(file: string, text: string): Promise<Cli> {
  const cli = await newCli();
  await mkdir(path.join(cli.folder, path.dirname(file)), { recursive: true });
  await writeFile(path.join(cli.folder, file), text);
  return cli;
}

describe("contract", () => {
  it("prints each group, what does not apply and why, and the totals; ends with 0", async () => {
    const cli = await newCliWith("my-store.mjs", MEMORY_HARNESS);
    const { code, stdout, stderr } = await cli.run([
      ...["contract", "--module", "./my-store.mjs"],
      ...["--only", "fork", "close.idempotent", "list.index-lost"],
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ok {4} opening: 1 passed\nok {4} fork: \d+ passed\n- {5} list: 0 passed, 1 not applicable\n/m,
    );
    expect(stdout).toContain("damageIndex: memory has no medium that could fail\n    [list.index-lost]\n");
    expect(stdout).toMatch(/mine: \d+ passed, 0 failed, 1 not applicable\n$/);
  });

  it("names clause, expectation and what came instead of what fails; ends with 1", async () => {
    const cli = await newCliWith("my-store.mjs", FORGETFUL_HARNESS);
    const { code, stdout } = await cli.run([
      ...["contract", "--module", "my-store.mjs", "--only", "delete.true-then-false", "close.idempotent"],
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^failed \[delete\.true-then-false\] .+\n.+\n +expected: false\n +came: {5}true$/m,
    );
    expect(stdout).toContain("failed delete: 0 passed, 1 failed\n");
    expect(stdout).toMatch(/forgetful: 1 passed, 1 failed, 0 not applicable\n$/);
  });

  it("prints one JSON document with --json", async () => {
    const cli = await newCliWith("my-store.mjs", FORGETFUL_HARNESS);
    const only = ["--only", "delete.true-then-false", "lock.workers"];
    const { code, stdout } = await cli.run(["contract", "--module", "./my-store.mjs", "--json", ...only]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      harness: "forgetful",
      ok: false,
      passed: 0,
      failed: 1,
      notApplicable: 1,
      knownGaps: 0,
      clauses: [
        {
          id: "delete.true-then-false",
          outcome: "failed",
          reason: expect.stringContaining("came:     true"),
        },
        { id: "lock.workers", outcome: "not applicable", reason: "memory belongs to one process" },
      ],
    });
  });

  it("takes the name of an installed package", async () => {
    const cli = await newCliWith("node_modules/my-store/harness.js", MEMORY_HARNESS);
    await writeFile(
      path.join(cli.folder, "node_modules/my-store/package.json"),
      JSON.stringify({ type: "module", exports: { "./harness": "./harness.js" } }),
    );
    const { code, stderr } = await cli.run([
      ...["contract", "--module", "my-store/harness", "--only", "close.idempotent"],
    ]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("contract says in three lines what to do about", () => {
  const expectThreeLines = ({ code, stdout, stderr }: CliResult, what: RegExp): void => {
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(what);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
  };

  it.each([
    ["./nowhere.js", /The module \.\/nowhere\.js is not there\.\nwhy: There is no file/],
    ["not-installed/harness", /The module not-installed\/harness is not there\.\nwhy: Cannot find module/],
  ])("a module that is not there: %s", async (name, what) => {
    expectThreeLines(await (await newCli()).run(["contract", "--module", name]), what);
  });

  it.each([
    [
      "a module that exports something else",
      "export const store = 1;",
      /exports no harness\.\nwhy: It exports store\./,
    ],
    ["a module that exports nothing", "", /exports no harness\.\nwhy: It exports nothing\./],
    ["a module that does not parse", "export {", /cannot be loaded\.\nwhy: /],
    ["a module that throws", 'throw new Error("no database");', /cannot be loaded\.\nwhy: no database/],
    [
      "a harness without hooks",
      `${MEMORY_HARNESS}\ndelete harness.hooks;`,
      /cannot be run\.\nwhy: .*hooks must be/,
    ],
    [
      "a harness whose capabilities contradict it",
      `${MEMORY_HARNESS}\nharness.capabilities.multiProcess = true;`,
      /cannot be run\.\nwhy: .*openInProcess must be a function/,
    ],
    [
      "a known gap that is no clause",
      `${MEMORY_HARNESS}\nharness.knownGaps = { "close.sometimes": "why not" };`,
      /cannot be run\.\nwhy: .*there is no clause close\.sometimes/,
    ],
  ])("%s", async (_name, text, what) => {
    const cli = await newCliWith("my-store.mjs", text);
    expectThreeLines(await cli.run(["contract", "--module", "./my-store.mjs"]), what);
  });

  it("a clause that there is not", async () => {
    const cli = await newCliWith("my-store.mjs", MEMORY_HARNESS);
    const result = await cli.run(["contract", "--module", "./my-store.mjs", "--only", "close.sometimes"]);
    expectThreeLines(result, /no clause and no group "close\.sometimes"\.\n.*\n.*The groups are: opening, /);
  });
});

it("contract clears up after Ctrl-C", async () => {
  const cli = await newCliWith(
    "my-store.mjs",
    `${MEMORY_HARNESS}
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
harness.create = async () => await mkdtemp(join(process.cwd(), "place-"));
harness.open = () => {
  process.stderr.write("opened");
  return new Promise((resolve) => setTimeout(resolve, 3_600_000));
};
harness.teardown = (place) => rm(place, { recursive: true });
`,
  );
  const child = spawn(process.execPath, [PROGRAM, "contract", "--module", "./my-store.mjs"], {
    cwd: cli.folder,
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.once("data", () => child.kill("SIGINT"));
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
  expect(await readdir(cli.folder)).toEqual(["my-store.mjs"]);
  expect(stdout).not.toContain("passed");
});
