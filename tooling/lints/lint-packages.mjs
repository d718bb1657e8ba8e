import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packPackages, publishedManifests } from "../packed/pack-packages.mjs";
import { packageProblems } from "./package-problems.mjs";

// One process for all of them: starting the compiler for each took longer than what it then did.
const folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-lint-"));
try {
  const names = publishedManifests().map(({ name }) => name);
  for (const { manifest, tarball } of await packPackages(names, folder)) {
    const problems = await packageProblems(tarball);
    process.stdout.write(`${manifest.name}: ${problems.length === 0 ? "no problem" : ""}\n`);
    for (const problem of problems) process.stdout.write(`  ${problem}\n`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
