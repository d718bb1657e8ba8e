import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * What is wrong with a packed package, a sentence each: what a registry would accept, and a user would stumble over.
 *
 * @param {{ manifest: object, tarball: string }} packed
 * @returns {Promise<string[]>}
 */
export async function tarballProblems({ manifest, tarball }) {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.split("\n").map((file) => file.replace(/^package\//, ""));
  const problems = ["README.md", "LICENSE"]
    .filter((file) => !files.includes(file))
    .map((file) => `${tarball} has no ${file}.`);
  if (!files.some((file) => file.startsWith("dist/")))
    problems.push(`${tarball} holds nothing that was built.`);
  if (/"(?:workspace|catalog|link|file):/.test(JSON.stringify(manifest))) {
    problems.push(`${tarball} depends on something that only this workspace has.`);
  }
  return problems;
}
