import path from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../steps.mjs";

const entries = Object.entries(manifest.scripts).flatMap(([name, command]) => {
  const script = /^node (\S+)/.exec(command)?.[1];
  return script === undefined ? [] : [{ name, script }];
});

test.each(entries)("npm run $name starts before anything is installed", async ({ script }) => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, script)],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
    metafile: true,
  });
  const installed = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path: module }) => kind === "import-statement" && !module.startsWith("node:"))
    .flatMap(({ external, path: module }) => (external ? [module] : []));
  expect(installed).toEqual([]);
});
