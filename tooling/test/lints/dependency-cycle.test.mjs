import path from "node:path";
import { expect, test } from "vitest";
import { packageFolders } from "../../install-stamp.mjs";
import { dependencyCycle } from "../../lints/dependency-cycle.mjs";
import { readManifest } from "../../lints/published-packages.mjs";
import { root } from "../../steps.mjs";

test("no package of the workspace depends on itself, through whatever others, tests included", () => {
  const dependencies = new Map(
    packageFolders(root).map((folder) => {
      const { name, dependencies, devDependencies, peerDependencies } = readManifest(path.join(root, folder));
      return [name, Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })];
    }),
  );
  expect(dependencyCycle(dependencies)).toBeNull();
});

test("dependencyCycle() gives the circle alone, without the way to it", () => {
  const straight = new Map([
    ["app", ["adapter", "core"]],
    ["adapter", ["core", "elsewhere"]],
    ["core", []],
  ]);
  expect(dependencyCycle(straight)).toBeNull();
  expect(dependencyCycle(new Map([...straight, ["core", ["adapter"]]]))).toEqual([
    "adapter",
    "core",
    "adapter",
  ]);
});
