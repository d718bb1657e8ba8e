import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { installedLicences } from "../../lints/installed-licences.mjs";
import { publishedPackages, readManifest } from "../../lints/published-packages.mjs";
import { installedPackages } from "../../packed/installed-packages.mjs";
import { root } from "../../steps.mjs";

/** They let anybody use, change and pass on the code, with a notice kept: whoever takes our packages owes no more. */
const PERMISSIVE = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
];

/** What a build has bundled, it says in a file beside it. */
const bundlers = publishedPackages(root)
  .map((published) => ({
    ...published,
    notices: path.join(root, published.folder, "dist/THIRD-PARTY-NOTICES.txt"),
  }))
  .filter(({ notices }) => existsSync(notices));

/** @param {string} expression Of SPDX: of several licences, one may be chosen (`OR`), or all hold (`AND`). */
function isPermissive(expression) {
  const choices = expression.replaceAll(/[()]/g, "").split(" OR ");
  return choices.some((choice) => choice.split(" AND ").every((licence) => PERMISSIVE.includes(licence)));
}

test.each(publishedPackages(root))("$manifest.name brings permissive licences alone", ({ folder }) => {
  const licences = [...installedLicences(path.join(root, folder))];
  expect(licences.filter(([, licence]) => !isPermissive(licence))).toEqual([]);
});

test.each(bundlers)("$manifest.name bundles permissive licences alone", ({ notices }) => {
  const bundled = readFileSync(notices, "utf8")
    .split(/^-{80}$/m)
    .flatMap((notice) => notice.match(/^(?:@[\w.-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S*$/m) ?? []);
  const licences = new Map(
    installedPackages().map(({ manifest, folder }) => [
      `${manifest.name} ${manifest.version}`,
      readManifest(folder).license,
    ]),
  );
  expect(bundled.length).toBeGreaterThan(0);
  expect(bundled.filter((name) => !isPermissive(String(licences.get(name))))).toEqual([]);
});

test("installedLicences() follows dependencies and peers to the end, and only those", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-licences-"));
  try {
    const write = (/** @type {string} */ place, /** @type {object} */ manifest) => {
      mkdirSync(path.join(folder, place), { recursive: true });
      writeFileSync(
        path.join(folder, place, "package.json"),
        JSON.stringify({ version: "1.0.0", ...manifest }),
      );
    };
    const own = { dependencies: { near: "1" }, peerDependencies: { peer: "1", choice: "1" } };
    write(".", {
      ...own,
      devDependencies: { tool: "1" },
      peerDependenciesMeta: { choice: { optional: true } },
    });
    write("node_modules/near", {
      license: "MIT",
      dependencies: { far: "1" },
      optionalDependencies: { absent: "1" },
    });
    write("node_modules/near/node_modules/far", {
      license: { type: "GPL-3.0" },
      dependencies: { near: "1" },
    });
    write("node_modules/peer", {});
    write("node_modules/choice", { license: "ISC" });
    write("node_modules/tool", { license: "ISC" });
    expect([...installedLicences(folder)]).toEqual([
      ["near 1.0.0", "MIT"],
      ["far 1.0.0", "GPL-3.0"],
      ["peer 1.0.0", "none named"],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  expect(["MIT OR GPL-3.0", "(MIT AND ISC)", "MIT AND GPL-3.0", "none named"].map(isPermissive)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
