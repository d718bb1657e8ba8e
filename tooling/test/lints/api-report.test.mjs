import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { apiReport } from "../../lints/api-report.mjs";
import { entriesOf, publishedPackages } from "../../lints/published-packages.mjs";
import { root } from "../../steps.mjs";

const HOW_TO_ACCEPT =
  'The public types changed. If that is meant, run "npm run api", look at the difference, and commit it with a changeset';

describe.each(publishedPackages(root).filter(({ manifest }) => manifest.exports?.["."] !== undefined))(
  "the public types of $manifest.name",
  (published) => {
    test("are those that were last looked at", async () => {
      const folder = path.join(root, published.folder, "api");
      const reports = [...apiReport(entriesOf(root, published))].map(([specifier, report]) => {
        const entry = specifier.slice(published.manifest.name.length + 1) || "index";
        return { file: `${entry}.d.ts`, report };
      });
      for (const { file, report } of reports) {
        await expect(report, HOW_TO_ACCEPT).toMatchFileSnapshot(path.join(folder, file));
      }
      expect(readdirSync(folder).sort()).toEqual(reports.map(({ file }) => file).sort());
    });
  },
);

test("apiReport() shows what can be named, what is only mentioned, and where the rest comes from", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-api-"));
  try {
    const write = (/** @type {string} */ file, /** @type {string[]} */ ...lines) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), lines.join("\n"));
      return path.join(folder, file);
    };
    write("node_modules/other/package.json", '{ "name": "other", "types": "index.d.ts" }');
    write("node_modules/other/index.d.ts", "export interface Foreign {}", "export interface Passed {}");
    write(
      "dist/chunk.d.ts",
      "interface Shown { /** With a comment. */ readonly a: Hidden; }",
      "interface Hidden { readonly b: Hidden | null; }",
      "declare const LIMIT: number;",
      "export type { Shown as S, Hidden as H };",
      "export { LIMIT as L };",
    );
    const types = write(
      "dist/index.d.ts",
      "import { S as Shown, L as LIMIT } from './chunk.js';",
      "import { Foreign } from 'other';",
      "export { Passed } from 'other';",
      "declare function show(a: Shown): Foreign;",
      "declare function show(a: string): Foreign;",
      "export { show, Shown, LIMIT };",
    );
    const second = write(
      "dist/second.d.ts",
      "import { S } from './chunk.js';",
      "export declare function more(a: S): S;",
    );
    const entries = [
      { specifier: "one", types, file: "" },
      { specifier: "one/second", types: second, file: "" },
    ];
    expect(Object.fromEntries(apiReport(entries))).toEqual({
      one: [
        'import type { Foreign } from "other";',
        "",
        "export declare const LIMIT: number;",
        "",
        'export { Passed } from "other";',
        "",
        "export interface Shown {",
        "    readonly a: Hidden;",
        "}",
        "",
        "export declare function show(a: Shown): Foreign;",
        "export declare function show(a: string): Foreign;",
        "",
        "// Not exported, but mentioned above.",
        "",
        "interface Hidden {",
        "    readonly b: Hidden | null;",
        "}",
        "",
      ].join("\n"),
      "one/second": 'import type { S } from "one";\n\nexport declare function more(a: S): S;\n',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
