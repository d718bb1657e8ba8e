import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installStamp, packageFolders } from "../install-stamp.mjs";

let root = "";

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "install-stamp-"));
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) write(file, "a");
  write("packages/one/package.json", "a");
});

afterEach(() => rmSync(root, { recursive: true }));

test("packageFolders() names the root and each folder with a manifest", () => {
  write("packages/left-over/dist/index.js", "");
  write("apps/two/package.json", "a");
  expect(packageFolders(root)).toEqual([".", path.join("apps", "two"), path.join("packages", "one")]);
});

test("installStamp() stays the same when nothing that an install reads has changed", () => {
  const before = installStamp(root);
  write("packages/one/src/index.ts", "export {};");
  expect(installStamp(root)).toBe(before);
});

test.each(["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", "packages/one/package.json"])(
  "installStamp() changes with %s",
  (file) => {
    const before = installStamp(root);
    write(file, "b");
    expect(installStamp(root)).not.toBe(before);
  },
);

test("installStamp() changes with a new package", () => {
  const before = installStamp(root);
  write("examples/three/package.json", "a");
  expect(installStamp(root)).not.toBe(before);
});

/**
 * @param {string} file
 * @param {string} content
 */
function write(file, content) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}
