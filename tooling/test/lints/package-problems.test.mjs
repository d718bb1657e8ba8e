import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { packageProblems } from "../../lints/package-problems.mjs";

const ENTRY = { types: "./dist/index.d.ts", default: "./dist/index.js" };
const FILES = { "dist/index.js": "export const a = 1;\n", "dist/index.d.ts": "export declare const a: 1;\n" };

/**
 * @param {object} exports Of the manifest.
 * @param {Readonly<Record<string, string>>} files
 * @returns {string} The tarball's path.
 */
function pack(exports, files) {
  const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-planted-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const manifest = { name: "planted", version: "1.0.0", type: "module", exports };
  for (const [name, text] of Object.entries({ ...files, "package.json": JSON.stringify(manifest) })) {
    const file = path.join(folder, "package", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  execFileSync("tar", ["-czf", "planted.tgz", "package"], { cwd: folder });
  return path.join(folder, "planted.tgz");
}

test("a package whose manifest names what there is has no problem", async () => {
  expect(await packageProblems(pack({ ".": ENTRY }, FILES))).toEqual([]);
});

test("an entry that was not packed, and types that no import finds, are told", async () => {
  const problems = await packageProblems(pack({ ".": ENTRY, "./more": "./dist/more.js" }, FILES));
  expect(problems).toContainEqual(expect.stringMatching(/^publint: .*\.\/dist\/more\.js/));
  const resolutions = problems.flatMap(
    (problem) => /^attw: .*"resolutionKind":"([^"]+)"/.exec(problem)?.[1] ?? [],
  );
  expect(resolutions.toSorted()).toEqual(["bundler", "node16-esm"]);
});

test("types that are those of a CommonJS module are told", async () => {
  const entry = { types: "./dist/index.d.cts", default: "./dist/index.js" };
  const files = {
    "dist/index.js": FILES["dist/index.js"],
    "dist/index.d.cts": "declare const a: 1;\nexport = a;\n",
  };
  const problems = await packageProblems(pack({ ".": entry }, files));
  expect(problems).toContainEqual(expect.stringMatching(/^attw: .*FalseCJS/));
});
