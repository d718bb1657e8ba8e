import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { runsOn } from "../matrix/driver-builds.mjs";
import { renderFailures, renderTable } from "../matrix/render-table.mjs";
import { runCell } from "../matrix/run-cell.mjs";

const row = { packageName: "a", system: "ESM", what: "import", installation: "npm", problem: null };

test("runsOn() takes driver 13 from Node 22.14 on, and 12 before Node 24", () => {
  const nodes = ["20.19.0", "22.13.9", "22.14.0", "24.21.0", "26.10.0"];
  expect(nodes.filter((node) => runsOn("12.11.1", node))).toEqual(["20.19.0", "22.13.9", "22.14.0"]);
  expect(nodes.filter((node) => runsOn("13", node))).toEqual(["22.14.0", "24.21.0", "26.10.0"]);
});

test("renderTable() has a line for each check and a column for each Node, and counts installations", () => {
  const rows = [
    { ...row, node: "22.0.0" },
    { ...row, node: "22.0.0", installation: "pnpm", problem: "broken" },
    { ...row, node: "24.0.0" },
    { ...row, node: "24.0.0", what: "types", system: "TypeScript" },
  ];
  expect(
    renderTable(rows)
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["package", "system", "check", "Node 22.0.0", "Node 24.0.0"],
    ["a", "ESM", "import", "FAILED 1 of 2", "passed 1"],
    ["a", "TypeScript", "types", "passed 1"],
    [""],
  ]);
  expect(renderFailures(rows)).toBe("\nFAILED a, ESM, import, Node 22.0.0, pnpm\nbroken\n");
});

test("a Node that cannot be had is a failure", async () => {
  const cache = mkdtempSync(path.join(tmpdir(), "agent-sessions-matrix-"));
  try {
    const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
    const bin = path.join(cache, "nodes", "22", "node_modules", name, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, process.platform === "win32" ? "node.exe" : "node"), "no program");
    const cell = { node: "22", driver: "13", installer: /** @type {const} */ ("npm") };
    expect(await runCell(cell, { packed: [], registry: "http://127.0.0.1:9/", cache })).toEqual([
      {
        packageName: "all",
        system: "",
        what: "installation",
        node: "22",
        installation: "npm, better-sqlite3 13",
        problem: expect.any(String),
      },
    ]);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});
