import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { git } from "../../release/git.mjs";
import { PublishRegistry } from "../../release/publish-registry.mjs";
import { ReleaseRefusedError, release } from "../../release/release.mjs";
import { ScratchWorkspace } from "../../release/scratch-workspace.mjs";
import { runCommand } from "../../snippets/run-command.mjs";
import { root } from "../../steps.mjs";

/** @type {ScratchWorkspace} */
let scratch;
/** @type {PublishRegistry} */
let registry;
/** @type {string} */
let folder;
let checks = 0;

/** @param {Partial<import("../../release/release.mjs").ReleaseOptions>} [options] */
const tryRelease = (options) =>
  release({
    root: scratch.folder,
    registry: registry.url,
    publish: true,
    provenance: false,
    env: { npm_config_userconfig: path.join(folder, "npmrc") },
    check: async () => void checks++,
    report: () => undefined,
    ...options,
  });

const tags = async () => (await git(scratch.folder, "tag", "--list")).split("\n").filter((tag) => tag !== "");

beforeEach(async () => {
  checks = 0;
  registry = await PublishRegistry.start();
  folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-npm-"));
  writeFileSync(path.join(folder, "npmrc"), `${registry.credentials}fetch-retries=0\n`);
  scratch = await ScratchWorkspace.create({ built: true, version: "0.2.0", only: ["core", "file"] });
  for (const name of ["core", "file"])
    scratch.write(`packages/${name}/CHANGELOG.md`, "# Changes\n\n## 0.2.0\n");
  await scratch.commit("chore: version packages");
});

afterEach(async () => {
  scratch.remove();
  rmSync(folder, { recursive: true });
  await registry.close();
});

const ALL = ["@agent-sessions/core@0.2.0", "@agent-sessions/file@0.2.0"];

describe("release() refuses", () => {
  test("while changesets wait, and in a branch, and with changes that are not committed", async () => {
    await git(scratch.folder, "checkout", "--quiet", "-b", "other");
    scratch.addChangeset("clauses", { "@agent-sessions/core": "minor" }, "The contract grows by a clause.");
    const refusal = await tryRelease().catch((error) => error);
    expect(refusal).toBeInstanceOf(ReleaseRefusedError);
    expect(refusal.message).toMatch(/branch is other[\s\S]*clauses\.md[\s\S]*wait \(clauses\.md\)/);
  });

  test("a version that no changelog tells of", async () => {
    rmSync(path.join(scratch.folder, "packages/file/CHANGELOG.md"));
    await scratch.commit("chore: lose it");
    await expect(tryRelease()).rejects.toThrow('packages/file/CHANGELOG.md has no "## 0.2.0"');
  });

  test("a package without what was built", async () => {
    rmSync(path.join(scratch.folder, "packages/file/dist"), { recursive: true });
    await expect(tryRelease()).rejects.toThrow(
      /agent-sessions-file-0\.2\.0\.tgz holds nothing that was built/,
    );
  });

  test("when a check fails", async () => {
    const check = () => Promise.reject(new Error("a test failed"));
    await expect(tryRelease({ check })).rejects.toThrow("a test failed");
  });

  afterEach(async () => {
    expect(registry.published).toEqual([]);
    expect(await tags()).toEqual([]);
  });
});

test("release() without `publish` does everything else, and leaves nothing but the tarballs", async () => {
  await tryRelease({ publish: false });
  expect({ checks, published: registry.published, tags: await tags() }).toEqual({
    checks: 1,
    published: [],
    tags: [],
  });
  expect(await git(scratch.folder, "status", "--porcelain")).toBe("");
});

test("release() publishes what others are built on first, goes on where it was broken off, and pushes the tags", async () => {
  const remote = path.join(folder, "remote.git");
  await git(folder, "init", "--quiet", "--bare", remote);
  await git(scratch.folder, "remote", "add", "origin", remote);
  registry.refused = "@agent-sessions/file";
  await expect(tryRelease()).rejects.toThrow(/503|try again later/);
  expect({ published: registry.published, tags: await tags() }).toEqual({
    published: ALL.slice(0, 1),
    tags: ALL.slice(0, 1),
  });

  registry.refused = "";
  await git(scratch.folder, "tag", "--delete", ALL[0] ?? "");
  await tryRelease();
  expect({ published: registry.published, tags: await tags() }).toEqual({ published: ALL, tags: ALL });
  expect((await git(remote, "tag", "--list")).split("\n")).toEqual(ALL);
  expect(registry.tagged("@agent-sessions/core", "latest")).toBe("0.2.0");

  await tryRelease();
  expect({ published: registry.published, checks }).toEqual({ published: ALL, checks: 2 });
});

test("a pre-release is offered under its own tag, and the changesets in it may stay", async () => {
  scratch.addChangeset("clauses", { "@agent-sessions/core": "minor" }, "The contract grows by a clause.");
  rmSync(path.join(scratch.folder, "packages/file"), { recursive: true });
  scratch.write(".changeset/pre.json", '{ "mode": "pre", "tag": "next", "changesets": ["clauses"] }');
  await scratch.commit("chore: version packages");
  await tryRelease();
  expect(registry.tagged("@agent-sessions/core", "next")).toBe("0.2.0");
  expect(registry.tagged("@agent-sessions/core", "latest")).toBeUndefined();
});

test("the release workflow is told that there is something to release", async () => {
  const program = path.join(root, "tooling/release/needs-release.mjs");
  const env = { npm_config_registry: registry.url };
  expect(await runCommand(process.execPath, [program], { cwd: folder, env })).toEqual({
    exitCode: 0,
    output: "true\n",
  });
});
