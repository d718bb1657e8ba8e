import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { packageFolders } from "../../install-stamp.mjs";
import { publishedPackages, readManifest } from "../../lints/published-packages.mjs";
import { git } from "../../release/git.mjs";
import { ScratchWorkspace } from "../../release/scratch-workspace.mjs";
import { versionPackages } from "../../release/version-packages.mjs";
import { root } from "../../steps.mjs";

/** @type {ScratchWorkspace | undefined} */
let scratch;

afterEach(() => {
  scratch?.remove();
  scratch = undefined;
});

const published = publishedPackages(root);
const names = published.map(({ manifest }) => manifest.name);
/** What depends on core, itself or through another, or bundles it: everything. */
const onCore = names.filter((name) => name !== "@agent-sessions/core");

/**
 * @param {string} version
 * @param {Readonly<Record<string, string>>} others
 */
const versionsWith = (version, others) => ({
  ...Object.fromEntries(names.map((name) => [name, version])),
  ...others,
});

/** @param {string} name */
function changelogOf(name) {
  const folder = published.find(({ manifest }) => manifest.name === name)?.folder ?? "";
  const file = path.join(scratch?.folder ?? "", folder, "CHANGELOG.md");
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

test("a minor of core at 0.x leaves the range of what is built on it, and is a patch of that", async () => {
  scratch = await ScratchWorkspace.create({ version: "0.1.0" });
  scratch.addChangeset("clauses", { "@agent-sessions/core": "minor" }, "The contract grows by a clause.");
  await scratch.commit("feat(core): a clause");
  await versionPackages(scratch.folder);
  const patched = Object.fromEntries(onCore.map((name) => [name, "0.1.1"]));
  expect(scratch.versions()).toMatchObject(
    versionsWith("0.1.0", { ...patched, "@agent-sessions/core": "0.2.0" }),
  );
});

test("from 1.0 on, a minor of core moves core, which an install takes within the range, and what bundles it", async () => {
  scratch = await ScratchWorkspace.create({ version: "1.2.3" });
  scratch.addChangeset("clauses", { "@agent-sessions/core": "minor" }, "The contract grows by a clause.");
  await scratch.commit("feat(core): a clause");
  await versionPackages(scratch.folder);
  const moved = { "@agent-sessions/core": "1.3.0", "agent-sessions": "1.2.4" };
  expect(scratch.versions()).toMatchObject(versionsWith("1.2.3", moved));
  expect(changelogOf("agent-sessions")).toContain("\n- Brings `@agent-sessions/core` 1.3.0.\n");
});

test("a major of core is a patch of what is built on it, and nothing to private packages", async () => {
  scratch = await ScratchWorkspace.create({ version: "1.2.3" });
  const before = scratch.versions();
  scratch.addChangeset("other", { "@agent-sessions/core": "major" }, "`load` returns something else.");
  await scratch.commit("feat(core)!: something else");
  await versionPackages(scratch.folder);
  const patched = Object.fromEntries(onCore.map((name) => [name, "1.2.4"]));
  expect(scratch.versions()).toMatchObject(
    versionsWith("1.2.3", { ...patched, "@agent-sessions/core": "2.0.0" }),
  );
  for (const folder of packageFolders(root)) {
    const manifest = readManifest(path.join(root, folder));
    if (manifest.private !== true) continue;
    expect(scratch.versions()[manifest.name]).toBe(before[manifest.name]);
    expect(existsSync(path.join(scratch.folder, folder, "CHANGELOG.md"))).toBe(false);
  }
});

test("a patch moves its package and what bundles it, and nothing else", async () => {
  scratch = await ScratchWorkspace.create({ version: "0.1.0" });
  scratch.addChangeset("mend", { "@agent-sessions/file": "patch" }, "A torn header is mended.");
  await scratch.commit("fix(file): torn headers");
  await versionPackages(scratch.folder);
  expect(scratch.versions()).toMatchObject(
    versionsWith("0.1.0", { "@agent-sessions/file": "0.1.1", "agent-sessions": "0.1.1" }),
  );
});

test("changelogs say what was written, with its commit, and which of our packages came along", async () => {
  scratch = await ScratchWorkspace.create({ version: "0.1.0" });
  const summary =
    "`load` says where a file is damaged.\n\nThe place is in `details`:\n\n```text\nline 3\n```";
  scratch.addChangeset(
    "place",
    { "@agent-sessions/core": "minor", "@agent-sessions/json": "patch" },
    summary,
  );
  scratch.addChangeset("faster", { "@agent-sessions/json": "minor" }, "Appends take half the time.");
  await scratch.commit("feat(core): places");
  const commit = await git(scratch.folder, "rev-parse", "HEAD");
  await versionPackages(scratch.folder);
  const link = `([\`${commit.slice(0, 7)}\`](https://github.com/agent-sessions/agent-sessions/commit/${commit}))`;
  expect(changelogOf("@agent-sessions/json")).toBe(`# @agent-sessions/json

## 0.2.0

### Minor Changes

- Appends take half the time. ${link}

### Patch Changes

- \`load\` says where a file is damaged. ${link}

  The place is in \`details\`:

  \`\`\`text
  line 3
  \`\`\`

- Takes \`@agent-sessions/core\` 0.2.0, \`@agent-sessions/file\` 0.1.1.
`);
});

test("in pre-release mode versions count up behind one tag, and leaving it gives the version itself", async () => {
  scratch = await ScratchWorkspace.create({ version: "1.2.3" });
  await scratch.changeset("pre", "enter", "next");
  for (const [index, name] of ["first", "second"].entries()) {
    scratch.addChangeset(name, { "@agent-sessions/core": "minor" }, `The ${name} change.`);
    await scratch.commit(`feat(core): ${name}`);
    await versionPackages(scratch.folder);
    expect(scratch.versions()).toMatchObject({
      "@agent-sessions/core": `1.3.0-next.${index}`,
      // A pre-release is in nobody's range, so what is built on it goes along.
      "@agent-sessions/json": "1.2.4-next.0",
      "agent-sessions": `1.2.4-next.${index}`,
    });
    await scratch.commit("chore: version packages");
  }
  await scratch.changeset("pre", "exit");
  await versionPackages(scratch.folder);
  expect(scratch.versions()).toMatchObject({
    "@agent-sessions/core": "1.3.0",
    "@agent-sessions/json": "1.2.4",
  });
  expect(changelogOf("agent-sessions")).toMatch(
    /^# agent-sessions\n\n## 1\.2\.4\n\n### Patch Changes\n\n- Brings `[^\n]*\n\n## /,
  );
  const changelog = changelogOf("@agent-sessions/core") ?? "";
  expect(changelog.slice(0, changelog.indexOf("## 1.3.0-next"))).toMatch(
    /The first change[\s\S]*The second change|The second change[\s\S]*The first change/,
  );
});

test("the changesets that wait in this workspace can be released", async () => {
  scratch = await ScratchWorkspace.create();
  for (const file of (
    await git(root, "ls-files", "--cached", "--others", "--exclude-standard", ".changeset/*.md")
  ).split("\n")) {
    const place = path.join(root, file);
    if (existsSync(place) && !file.endsWith("README.md")) scratch.write(file, readFileSync(place, "utf8"));
  }
  await scratch.commit("chore: changesets");
  await expect(scratch.changeset("version")).resolves.toBeUndefined();
});
