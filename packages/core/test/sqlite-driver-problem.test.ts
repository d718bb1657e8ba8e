import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { installedSqliteDriver, sqliteDriverProblem } from "../src/sqlite-driver-problem.js";

const FRAGILE = "…_ZN4node28RemoveEnvironmentCleanupHookEPN2v8…";
const SOUND = "an older binary";

let folder: string | undefined;

afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const driver = (version: string | null, binary: string | null = null) => ({
  version,
  nativePart: () => (binary === null ? null : Buffer.from(binary)),
});

/** An application with the driver installed, as `require` finds it. */
function appWith(manifest: object, binary: string | null): NodeJS.Require {
  folder = mkdtempSync(join(tmpdir(), "agent-sessions-app-"));
  const installed = join(folder, "node_modules", "better-sqlite3");
  mkdirSync(join(installed, "build", "Release"), { recursive: true });
  writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
  if (binary !== null) writeFileSync(join(installed, "build", "Release", "better_sqlite3.node"), binary);
  return createRequire(join(folder, "app.cjs"));
}

it("13 must not be loaded on a Node that it would crash", () => {
  for (const node of ["20.19.0", "22.13.9", "18.0.0"]) {
    expect(sqliteDriverProblem(driver("13.0.1"), node)).toContain("better-sqlite3@12");
  }
});

it("13 may be loaded elsewhere, 12 on every older Node, and what does not tell its version everywhere", () => {
  for (const node of ["22.14.0", "24.0.0", "26.1.0"]) {
    expect(sqliteDriverProblem(driver("13.0.1", FRAGILE), node)).toBeNull();
  }
  expect(sqliteDriverProblem(driver("12.11.1"), "20.19.0")).toBeNull();
  expect(sqliteDriverProblem(driver("12.11.1", FRAGILE), "22.23.3")).toBeNull();
  expect(sqliteDriverProblem(driver(null, FRAGILE), "24.21.0")).toBeNull();
});

it("12 must not be loaded on Node 24 and later when it was compiled with headers that make it end the process", () => {
  for (const node of ["24.21.0", "26.10.0"]) {
    expect(sqliteDriverProblem(driver("12.11.1", FRAGILE), node)).toContain("better-sqlite3@13");
    expect(sqliteDriverProblem(driver("12.11.1", SOUND), node)).toBeNull();
    expect(sqliteDriverProblem(driver("12.11.1"), node)).toBeNull();
  }
});

it("version and native part are read where the package is installed, without running it", () => {
  const { version, nativePart } = installedSqliteDriver(appWith({ version: "12.11.1" }, FRAGILE));
  expect(version).toBe("12.11.1");
  expect(String(nativePart())).toBe(FRAGILE);
});

it("a package that tells nothing, or is missing, has neither", () => {
  const silent = installedSqliteDriver(appWith({ version: 12 }, null));
  expect([silent.version, silent.nativePart()]).toEqual([null, null]);
  const absent = (): never => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };
  const missing = installedSqliteDriver(Object.assign(absent, { resolve: absent }) as never);
  expect([missing.version, missing.nativePart()]).toEqual([null, null]);
});
