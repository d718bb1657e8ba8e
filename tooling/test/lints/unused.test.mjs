import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../snippets/run-command.mjs";
import { root } from "../../steps.mjs";

const knip = path.join(root, "node_modules/knip/bin/knip.js");

test.each([
  ["in the workspace", []],
  ["of what is published, where being used by a test does not count", ["--production"]],
])(
  "no file, export or dependency is unused %s, and no modules import each other in a circle",
  async (_where, options) => {
    const { exitCode, output } = await runCommand(
      process.execPath,
      [knip, "--no-progress", "--cache", ...options],
      {
        cwd: root,
      },
    );
    expect(exitCode, output).toBe(0);
    expect(output, "an exception in knip.jsonc is not needed any more").not.toMatch(/Remove from ignore/);
  },
);

test("knip finds what this relies on: an unused file, export and dependency, and a circle", async () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-unused-"));
  try {
    const write = (/** @type {string} */ name, /** @type {string} */ text) => {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    };
    write("package.json", '{ "name": "planted", "type": "module", "dependencies": { "left-over": "1" } }');
    write(
      "knip.json",
      '{ "entry": ["index.js"], "project": ["*.js"], "include": ["files", "dependencies", "exports", "cycles"], "rules": { "cycles": "error" } }',
    );
    write("index.js", 'import { a } from "./a.js"; a();');
    write("a.js", 'import { b } from "./b.js"; export const a = () => b; export const spare = 1;');
    write("b.js", 'import { a } from "./a.js"; export const b = () => a;');
    write("nobody.js", "export {};");
    const { exitCode, output } = await runCommand(process.execPath, [knip, "--no-progress"], { cwd: folder });
    expect(exitCode).toBe(1);
    for (const found of ["left-over", "spare", "a.js → b.js", "nobody.js"]) expect(output).toContain(found);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
