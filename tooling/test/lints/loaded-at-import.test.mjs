import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadedAtImport } from "../../lints/loaded-at-import.mjs";
import { entriesOf, publishedPackages } from "../../lints/published-packages.mjs";
import { root } from "../../steps.mjs";

const published = publishedPackages(root);
const entries = published.flatMap((one) =>
  entriesOf(root, one).map((entry) => ({ ...entry, manifest: one.manifest })),
);
/** They take milliseconds, and none of the entries needs them before a store works. */
const COSTLY = [
  "node:child_process",
  "node:cluster",
  "node:http",
  "node:https",
  "node:sqlite",
  "node:worker_threads",
];
/** The contract's suite starts processes and threads, and belongs into tests. */
const UNBOUND = ["@agent-sessions/core/contract"];

describe.each(entries)("importing $specifier", ({ specifier, file, manifest }) => {
  test("loads nothing native, no driver, and only packages that it depends on", async () => {
    const { builtIns, packages } = await loadedAtImport(file);
    const inReach = Object.keys(manifest.dependencies ?? {}).concat(
      // What the engine beneath depends on.
      ...published
        .filter(({ manifest: { name } }) => name in (manifest.dependencies ?? {}))
        .map(({ manifest: beneath }) => Object.keys(beneath.dependencies ?? {})),
    );
    expect(
      packages.filter((name) => !inReach.includes(name) || name in (manifest.peerDependencies ?? {})),
    ).toEqual([]);
    expect(packages).not.toContain("fs-native-extensions");
    if (!UNBOUND.includes(specifier)) expect(builtIns.filter((name) => COSTLY.includes(name))).toEqual([]);
  });
});

test("importing core loads neither the store class, the store in memory nor the contract", async () => {
  const { builtIns, packages, sources } = await loadedAtImport(
    path.join(root, "packages/core/dist/index.js"),
  );
  expect(builtIns).toEqual([]);
  expect(packages).toEqual([]);
  expect(sources).toContain("src/open-store.ts");
  expect(sources.filter((source) => /contract|memory|backend/.test(source))).toEqual([]);
});

test.each(["core", "file", "json", "yaml", "sqlite"])("importing %s loads no node:crypto", async (name) => {
  const { builtIns } = await loadedAtImport(path.join(root, `packages/${name}/dist/index.js`));
  expect(builtIns).not.toContain("node:crypto");
});

test("importing sqlite loads nothing that only writes, searches and repairs need", async () => {
  const { sources } = await loadedAtImport(path.join(root, "packages/sqlite/dist/index.js"));
  expect(sources).toContain("src/session-lister.ts");
  expect(
    sources.filter((source) => /src\/(session-(writer|rows|stager)|search|leftover|store-)/.test(source)),
  ).toEqual([]);
});

test("importing yaml loads no parser, and importing a backend no sockets", async () => {
  const loaded = (/** @type {string} */ name) =>
    loadedAtImport(path.join(root, `packages/${name}/dist/index.js`));
  expect((await loaded("yaml")).packages).toEqual([]);
  for (const name of ["json", "yaml", "sqlite"])
    expect((await loaded(name)).builtIns).not.toContain("node:net");
});

test("loadedAtImport() tells built-in modules, packages and sources apart", async () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-loads-"));
  try {
    const write = (/** @type {string} */ name, /** @type {string} */ text) => {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    };
    write("node_modules/@some/thing/package.json", '{ "exports": "./index.mjs" }');
    write("node_modules/@some/thing/index.mjs", 'import "node:os";');
    write(
      "dist/index.mjs",
      'import "@some/thing"; import "fs"; import "./part.mjs"; export const later = () => import("node:vm"); process.getBuiltinModule("node:dgram");',
    );
    write("dist/index.mjs.map", '{ "sources": ["../src/index.ts"] }');
    write("dist/part.mjs", "");
    write("dist/part.mjs.map", '{ "sources": ["../src/part.ts", "../src/folder/other.ts"] }');
    expect(await loadedAtImport(path.join(folder, "dist/index.mjs"))).toEqual({
      builtIns: ["node:dgram", "node:fs", "node:os"],
      packages: ["@some/thing"],
      sources: ["src/folder/other.ts", "src/index.ts", "src/part.ts"],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
