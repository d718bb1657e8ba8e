import { rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { git } from "../../release/git.mjs";
import { ScratchWorkspace } from "../../release/scratch-workspace.mjs";
import { undescribedChanges } from "../../release/undescribed-changes.mjs";

/** @type {ScratchWorkspace} */
let scratch;

beforeEach(async () => {
  scratch = await ScratchWorkspace.create();
  scratch.write("packages/core/src/moved.ts", "export const moved = 1;\n");
  scratch.write(
    ".changeset/older.md",
    '---\n"@agent-sessions/core": patch\n---\n\nFrom an earlier change.\n',
  );
  await scratch.commit("feat: sources");
  await git(scratch.folder, "checkout", "--quiet", "-b", "change");
});

afterEach(() => scratch.remove());

const undescribed = () => undescribedChanges(scratch.folder, "main");

test("a change of a published package's sources needs a changeset that names the package", async () => {
  scratch.write("packages/yaml/src/new.ts", "export {};\n");
  expect(await undescribed()).toEqual(["@agent-sessions/yaml"]);
  await scratch.commit("feat(yaml): new");
  expect(await undescribed()).toEqual(["@agent-sessions/yaml"]);

  scratch.addChangeset("other", { "@agent-sessions/core": "patch" }, "Something else.");
  expect(await undescribed()).toEqual(["@agent-sessions/yaml"]);
  scratch.addChangeset("this", { "@agent-sessions/yaml": "minor" }, "Something new.");
  expect(await undescribed()).toEqual([]);
  await scratch.commit("docs: describe it");
  expect(await undescribed()).toEqual([]);
});

test("every package is asked for: those that lost a file, and the program with what starts it", async () => {
  rmSync(path.join(scratch.folder, "packages/core/src/moved.ts"));
  scratch.write("apps/cli/src/start.ts", "// changed\n");
  await scratch.commit("feat!: less");
  expect(await undescribed()).toEqual(["agent-sessions", "@agent-sessions/core"]);
});

test("tests, pages and private packages need none", async () => {
  scratch.write("packages/core/test/new.test.ts", "export {};\n");
  scratch.write("packages/core/README.md", "# Core\n");
  scratch.write("apps/soak/src/new.ts", "export {};\n");
  await scratch.commit("test: more");
  expect(await undescribed()).toEqual([]);
});

test("an empty changeset says that nobody notices", async () => {
  scratch.write("packages/core/src/moved.ts", "export const moved = 2 - 1;\n");
  scratch.write(".changeset/nobody.md", "---\n---\n\nThe same, said differently.\n");
  await scratch.commit("refactor(core): the same");
  expect(await undescribed()).toEqual([]);
});

test("what main has gained meanwhile is no part of the change", async () => {
  await git(scratch.folder, "checkout", "--quiet", "main");
  scratch.write("packages/core/src/meanwhile.ts", "export {};\n");
  await scratch.commit("feat(core): meanwhile");
  await git(scratch.folder, "checkout", "--quiet", "change");
  scratch.write("docs/page.md", "# Page\n");
  await scratch.commit("docs: a page");
  expect(await undescribed()).toEqual([]);
});

test("a changeset that was only edited does not describe what came after it", async () => {
  scratch.write(
    ".changeset/older.md",
    '---\n"@agent-sessions/core": patch\n---\n\nFrom an earlier change, reworded.\n',
  );
  scratch.write("packages/core/src/moved.ts", "export const moved = 2;\n");
  await scratch.commit("fix(core): two");
  expect(await undescribed()).toEqual(["@agent-sessions/core"]);
});
