import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checksFor } from "../packed/checks.mjs";
import { binariesFrom, keepBinary } from "../packed/driver-binary.mjs";
import { installedPackages } from "../packed/installed-packages.mjs";
import { packPackages, publishedManifests } from "../packed/pack-packages.mjs";
import { PackageRegistry } from "../packed/package-registry.mjs";
import { Project } from "../packed/project.mjs";
import { STORE_URLS } from "../packed/run-program.mjs";
import { Stranger } from "../packed/stranger.mjs";
import { root } from "../steps.mjs";

/** @typedef {import("../packed/stranger.mjs").Installer} Installer */

/**
 * Everything once, with the one installer or the other; `npm run matrix` does it with both. Of the contract enough to see that it runs:
 * each backend's own tests run all of it.
 *
 * @type {Record<Installer, import("../packed/checks.mjs").Selection>}
 */
const SELECTIONS = {
  npm: {
    installer: "npm",
    resolutions: ["Bundler"],
    readmes: false,
    urls: STORE_URLS,
    contracts: ["json", "sqlite"],
    clauses: String.raw`\[(open|close)\.`,
  },
  pnpm: { installer: "pnpm", resolutions: ["NodeNext"], readmes: true, urls: [], contracts: [] },
};
const ADAPTER = "example-leveldb-adapter";
const DRIVER = path.join(root, "packages", "sqlite", "node_modules", "better-sqlite3");

const manifests = publishedManifests();
const names = manifests.map(({ name }) => name);

/** @type {string} */
let folder;
/** @type {PackageRegistry} */
let registry;
/** @type {import("../packed/pack-packages.mjs").PackedPackage[]} */
let packed;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-packed-"));
  packed = await packPackages([...names, ADAPTER], path.join(folder, "tarballs"));
  await keepBinary(DRIVER, process.versions.modules, path.join(folder, "binaries"));
  registry = await PackageRegistry.start([...packed, ...installedPackages()], folder);
});

afterAll(async () => {
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

function adapter() {
  const found = packed.find(({ manifest }) => manifest.name === ADAPTER);
  if (found === undefined) throw new Error(`${ADAPTER} was not packed`);
  return found;
}

const installers = /** @type {Installer[]} */ (Object.keys(SELECTIONS));

describe.each(installers)("the packed packages, installed by %s outside the workspace:", (installer) => {
  /** @type {Project} */
  let project;

  beforeAll(async () => {
    const env = binariesFrom(path.join(folder, "binaries"));
    const options = { registry: registry.url, offline: true, env };
    project = await Project.install(options, {
      installer,
      packed: packed.filter((one) => one !== adapter()),
    });
  });

  afterAll(() => project?.remove());

  test.each(checksFor(manifests, SELECTIONS[installer]))("$packageName, $system, $what", async ({ run }) => {
    await expect(run(project)).resolves.toBeUndefined();
  });
});

describe("an adapter by somebody else, packed and installed by npm,", () => {
  /** Enough to see that everything works there; the adapter's own tests run the whole contract. */
  const GROUPS = ["opening", "append"];
  const PATTERN = String.raw`\[(open|reopen|close|append)\.`;
  /** @type {Stranger} */
  let stranger;

  beforeAll(async () => {
    stranger = new Stranger({
      registry: registry.url,
      offline: true,
      env: binariesFrom(path.join(folder, "binaries")),
    });
    const program = packed.find(({ manifest }) => manifest.name === "agent-sessions")?.tarball ?? "";
    await stranger.install("npm", ["@agent-sessions/core", program, adapter().tarball]);
    // It takes half a minute to install.
    stranger.link("vitest", path.join(root, "node_modules", "vitest"));
    for (const [runner, file] of Object.entries({
      vitest: "contract.test.mjs",
      "node:test": "contract.mjs",
    })) {
      stranger.write(
        file,
        `import { describe, it } from ${JSON.stringify(runner)};
import { bindContract } from "@agent-sessions/core/contract";
import { harness } from "${ADAPTER}/harness";

bindContract(harness, { describe, it });
`,
      );
    }
  });

  afterAll(() => stranger?.remove());

  test("passes the contract from the command line", async () => {
    const { exitCode, output } = await stranger.node([
      "node_modules/agent-sessions/dist/agent-sessions.cjs",
      ...["contract", "--module", `${ADAPTER}/harness`, "--only", ...GROUPS],
    ]);
    expect(output).toMatch(/leveldb: (?:2|3)\d passed, 0 failed, \d+ not applicable\n$/);
    expect(exitCode, output).toBe(0);
  });

  test("passes the contract under node --test", async () => {
    const { exitCode, output } = await stranger.node([
      ...["--test", "--test-reporter=tap", `--test-name-pattern=${PATTERN}`, "contract.mjs"],
    ]);
    expect(output).toMatch(/^# pass (?:2|3)\d$/m);
    expect(output).toMatch(/^# fail 0$/m);
    expect(exitCode, output).toBe(0);
  });

  test("passes the contract under vitest", async () => {
    const { exitCode, output } = await stranger.node([
      ...["node_modules/vitest/vitest.mjs", "run", "contract.test.mjs", "-t", PATTERN],
    ]);
    expect(output).toMatch(/Tests {2}(?:2|3)\d passed/);
    expect(exitCode, output).toBe(0);
  });

  test("serves its URL scheme once it is registered", async () => {
    stranger.write(
      "chat.mjs",
      `import { openStore } from "@agent-sessions/core";
import { registerLevelBackend } from "${ADAPTER}";

registerLevelBackend();
for (const text of ["first", "second"]) {
  const store = await openStore("level:./chats");
  await store.append("a", { content: text }, { createIfMissing: true });
  console.log(store.backend, (await store.load("a")).messages.map(({ content }) => content).join(" "));
  await store.close();
}
`,
    );
    const { exitCode, output } = await stranger.node(["chat.mjs"]);
    expect(output).toBe("level first\nlevel first second\n");
    expect(exitCode).toBe(0);
  });
});
