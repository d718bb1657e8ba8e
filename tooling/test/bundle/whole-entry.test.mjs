import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wholeEntry } from "../../bundle/whole-entry.mjs";

/** Two entries that share a part, a part of one of them alone, and one that is loaded later. */
const FILES = {
  "package.json": '{ "type": "module", "sideEffects": false }',
  "src/quick.ts": 'export { Shared } from "./shared.js";\nexport { own } from "./own.js";\n',
  "src/other.ts": 'export { Shared } from "./shared.js";\nexport { Big } from "./folder/big.js";\n',
  "src/own.ts": 'export const own = async () => (await import("./later.js")).later;\n',
  "src/shared.ts": "export class Shared {}\n",
  "src/folder/big.ts": 'import { Shared } from "../shared.js";\nexport class Big extends Shared {}\n',
  "src/later.ts": 'import { Shared } from "./shared.js";\nexport const later = new Shared();\n',
};
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-whole-"));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/**
 * @param {readonly string[]} whole
 * @param {string[]} entries
 */
async function bundled(whole, entries) {
  return await build({
    entryPoints: entries,
    bundle: true,
    format: "esm",
    splitting: true,
    outdir: path.join(folder, "dist"),
    absWorkingDir: folder,
    metafile: true,
    logLevel: "error",
    plugins: [wholeEntry(whole, entries)],
  });
}

test("puts all that the entry needs at once into one file, and each class there is into one", async () => {
  const entries = ["src/quick.ts", "src/other.ts"].map((entry) => path.join(folder, entry));
  const [quick = ""] = entries;
  const { metafile } = await bundled([quick], entries);
  const { "dist/quick.js": entry, ...others } = metafile.outputs;
  const [imported, ...more] = (entry?.imports ?? []).map((one) => one.path);
  expect(more).toEqual([]);
  const { [imported ?? ""]: whole, ...rest } = others;
  expect(Object.keys(whole?.inputs ?? {}).sort()).toEqual(["src/own.ts", "src/quick.ts", "src/shared.ts"]);
  expect(whole?.imports.map(({ kind }) => kind)).toEqual(["dynamic-import"]);
  expect(Object.values(rest).flatMap(({ inputs }) => Object.keys(inputs))).not.toContain("src/shared.ts");

  const { Shared, own } = await import(path.join(folder, "dist/quick.js"));
  const { Big } = await import(path.join(folder, "dist/other.js"));
  expect([new Big(), await own()].every((one) => one instanceof Shared)).toBe(true);
});

test("puts what the next such entry needs beyond the first into one more file, whatever later parts need of it", async () => {
  writeFileSync(path.join(folder, "src/later.ts"), 'export { Big as later } from "./folder/big.js";\n');
  const entries = ["src/quick.ts", "src/other.ts"].map((entry) => path.join(folder, entry));
  const { metafile } = await bundled(entries, entries);
  const files = Object.values(metafile.outputs).map(({ inputs }) => Object.keys(inputs).sort());
  expect(files).toContainEqual(["src/own.ts", "src/quick.ts", "src/shared.ts"]);
  expect(files).toContainEqual(["src/folder/big.ts", "src/other.ts"]);
});

test("puts what a part loaded later needs into one file, though others of its kind need some of it", async () => {
  writeFileSync(path.join(folder, "src/later.ts"), 'export { Big as later } from "./folder/big.js";\n');
  writeFileSync(path.join(folder, "src/even-later.ts"), 'export { Big } from "./folder/big.js";\n');
  writeFileSync(
    path.join(folder, "src/own.ts"),
    'export const own = async () => [await import("./later.js"), await import("./even-later.js")];\n',
  );
  const quick = path.join(folder, "src/quick.ts");
  const { metafile } = await bundled([quick, path.join(folder, "src/later.ts")], [quick]);
  const files = Object.values(metafile.outputs).map(({ inputs }) => Object.keys(inputs).sort());
  expect(files).toContainEqual(["src/own.ts", "src/quick.ts", "src/shared.ts"]);
  expect(files).toContainEqual(["src/folder/big.ts", "src/later.ts"]);
});
