import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { packPackages } from "../packed/pack-packages.mjs";
import { npmScript } from "../packed/stranger.mjs";
import { git } from "./git.mjs";
import { planRelease } from "./plan-release.mjs";
import { preMode } from "./pre-mode.mjs";
import { changelogObstacles, workspaceObstacles } from "./release-obstacles.mjs";
import { tarballProblems } from "./tarball-problems.mjs";

const run = promisify(execFile);

/**
 * @typedef {import("./plan-release.mjs").PlannedPackage} PlannedPackage
 * @typedef {import("../packed/pack-packages.mjs").PackedPackage} PackedPackage
 *
 * @typedef {object} ReleaseOptions
 * @property {string} root The workspace's.
 * @property {string} registry Its address, with a slash at its end.
 * @property {boolean} publish Without it everything is done but publishing, tagging and pushing.
 * @property {boolean} provenance Whether the registry is told, verifiably, which workflow built the packages.
 * @property {Readonly<Record<string, string>>} [env] Set for npm, on top of the environment.
 * @property {() => Promise<void>} check Builds everything and passes every check, or rejects.
 * @property {(line: string) => void} report
 */

/** A release that would not be right. Nothing was published by this attempt. */
export class ReleaseRefusedError extends Error {
  /** @param {readonly string[]} reasons */
  constructor(reasons) {
    super(reasons.join("\n"));
    this.name = "ReleaseRefusedError";
  }
}

/**
 * Publishes every package whose version the registry does not have, and tags it. Run again after a failure, it goes
 * on with what is left.
 *
 * @param {ReleaseOptions} options
 * @returns {Promise<PlannedPackage[]>} How far everything was, before.
 * @throws {ReleaseRefusedError}
 */
export async function release(options) {
  const { root, registry, publish, check, report } = options;
  refuse(await workspaceObstacles(root));
  const plan = await planRelease(root, registry);
  const open = plan.filter(({ isPublished }) => !isPublished);
  refuse(changelogObstacles(root, open));
  for (const { gitTag, isPublished } of plan)
    report(`${gitTag}: ${isPublished ? "published already" : "to publish"}`);

  const packed = open.length === 0 ? [] : await buildPackages(root, open, check);
  if (publish) {
    await publishAll(plan, packed, options);
  } else if (open.length > 0) {
    report(`A dry run: nothing was published. What would be is in ${folderOf(root)}; "--publish" does it.`);
  }
  return plan;
}

/**
 * @param {string} root
 * @param {readonly PlannedPackage[]} packages
 * @param {() => Promise<void>} check
 */
async function buildPackages(root, packages, check) {
  await check();
  rmSync(folderOf(root), { recursive: true, force: true });
  const names = packages.map(({ name }) => name);
  const packed = await packPackages(names, folderOf(root), root);
  refuse((await Promise.all(packed.map(tarballProblems))).flat());
  return packed;
}

/**
 * @param {readonly PlannedPackage[]} plan
 * @param {readonly PackedPackage[]} packed
 * @param {ReleaseOptions} options
 */
async function publishAll(plan, packed, { root, registry, provenance, env, report }) {
  const tag = preMode(root)?.tag ?? "latest";
  for (const { name, gitTag, isPublished, isTagged } of plan) {
    if (!isPublished) {
      const tarball = packed.find(({ manifest }) => manifest.name === name)?.tarball;
      if (tarball === undefined) throw new Error(`${name} was not packed`);
      const args = ["--access", "public", `--provenance=${provenance}`, "--tag", tag, "--registry", registry];
      await run(process.execPath, [npmScript(), "publish", tarball, ...args], {
        cwd: root,
        env: { ...process.env, ...env },
      });
      report(`${gitTag}: published as ${tag}`);
    }
    if (!isTagged) await git(root, "tag", gitTag);
  }
  if ((await git(root, "remote")).split("\n").includes("origin")) {
    await git(root, "push", "origin", ...plan.map(({ gitTag }) => `refs/tags/${gitTag}`));
  }
}

/** @param {readonly string[]} reasons */
function refuse(reasons) {
  if (reasons.length > 0) throw new ReleaseRefusedError(reasons);
}

/** @param {string} root */
function folderOf(root) {
  return path.join(root, ".release");
}
