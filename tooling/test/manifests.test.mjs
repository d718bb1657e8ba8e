import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { packageFolders } from "../install-stamp.mjs";
import { root } from "../steps.mjs";

/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));

const published = packageFolders(root).filter((folder) => manifestOf(folder).private !== true);

test("the workspace pins one pnpm: the one that installs is the one that turbo calls", () => {
  const manifest = manifestOf(".");
  expect(manifest.packageManager).toBe(`pnpm@${manifest.devDependencies.pnpm}`);
});

test("the lockfile names no download address", () => {
  expect(readFileSync(path.join(root, "pnpm-lock.yaml"), "utf8")).not.toMatch(/https?:\/\//);
});

describe.each(published)("%s", (folder) => {
  const manifest = manifestOf(folder);

  test("says what it is, where it comes from and where it runs", () => {
    expect(manifest).toMatchObject({
      description: expect.any(String),
      keywords: expect.any(Array),
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20.19.0" },
      repository: { directory: folder.split(path.sep).join("/") },
      publishConfig: { access: "public", provenance: true },
    });
    expect(existsSync(path.join(root, folder, "LICENSE"))).toBe(true);
  });

  test("resolves from an application's root: `types` first, then `default`, never `import` alone", () => {
    for (const target of Object.values(manifest.exports)) {
      if (typeof target === "object") expect(Object.keys(target)).toEqual(["types", "default"]);
    }
  });

  test("depends on the workspace's packages, and does not peer on them", () => {
    // With peers, changesets turns each minor of core into a major of every adapter.
    expect(
      Object.keys(manifest.peerDependencies ?? {}).filter((name) => /agent-sessions/.test(name)),
    ).toEqual([]);
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      if (/agent-sessions/.test(name)) expect(version).toBe("workspace:^");
    }
  });
});
