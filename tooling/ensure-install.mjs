import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { installStamp, packageFolders } from "./install-stamp.mjs";
import { root, StepFailedError, step } from "./steps.mjs";

const stampFile = path.join(root, "node_modules", ".install-stamp");

/** What only tests, benchmarks and the soak need: a PostgreSQL server of some 60 MB. */
const TEST_ONLY = { name: "postgres-test-server", folder: path.join("apps", "postgres-test-server") };

/**
 * Leaves every dependency in place and usable by the running Node. Does nothing when that is so already.
 *
 * @param {{ forTests?: boolean }} [options] `forTests: false` leaves out what only tests need.
 * @throws {StepFailedError} When the install fails, or the SQLite addon cannot be built for this Node.
 */
export async function ensureInstall({ forTests = true } = {}) {
  const stamp = installStamp(root);
  if (!isInstalled(stamp, forTests)) {
    const filter = forTests ? [] : [`--filter=!${TEST_ONLY.name}`];
    await pnpm("install", [...filter, "install", "--frozen-lockfile", "--prefer-offline"]);
    writeFileSync(stampFile, forTests ? stamp : withoutTests(stamp));
  }
  if (!addonLoads()) {
    const name = `build better-sqlite3 for Node ${process.versions.node}`;
    await pnpm(name, ["rebuild", "--recursive", "better-sqlite3"]);
    if (!addonLoads("inherit")) throw new StepFailedError(name, 1);
  }
}

/**
 * @param {string} stamp
 * @param {boolean} forTests
 */
function isInstalled(stamp, forTests) {
  if (!existsSync(stampFile)) return false;
  const present = readFileSync(stampFile, "utf8");
  if (present !== stamp && (forTests || present !== withoutTests(stamp))) return false;
  const folders = packageFolders(root).filter((folder) => forTests || folder !== TEST_ONLY.folder);
  return folders.every((folder) => existsSync(path.join(root, folder, "node_modules")));
}

/** @param {string} stamp */
function withoutTests(stamp) {
  return `${stamp} without ${TEST_ONLY.name}`;
}

/**
 * An addon is built for one Node ABI. Loading it elsewhere can end the process, so a child process tries.
 *
 * @param {"ignore" | "inherit"} [output] `inherit` shows why it does not load.
 */
function addonLoads(output = "ignore") {
  const { status } = spawnSync(
    process.execPath,
    ["-e", 'new (require("better-sqlite3"))(":memory:").close()'],
    {
      cwd: path.join(root, "packages", "sqlite"),
      stdio: ["ignore", "ignore", output],
    },
  );
  return status === 0;
}

/**
 * Runs the pinned pnpm through npx, which needs nothing but npm. Not from the workspace: there npx would prefer the
 * workspace's own pnpm, which an interrupted install leaves without its command. `CI` keeps pnpm from asking
 * questions; under NODE_ENV=production it would leave the tools out; `npm -s` would keep its errors out of the log.
 *
 * @param {string} name
 * @param {readonly string[]} args
 */
async function pnpm(name, args) {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const env = { CI: "true", NODE_ENV: "development" };
  await step(name, "npx", ["--yes", packageManager, "--dir", root, "--loglevel=info", ...args], {
    cwd: tmpdir(),
    env,
  });
}
