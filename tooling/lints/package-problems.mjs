import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** All packages are ES modules: how TypeScript finds their types from CommonJS, and as it did before `exports`, is not promised. */
const NOT_PROMISED = ["node10", "node16-cjs"];

/**
 * What users of a packed package would stumble over, a sentence each: `publint` looks at what the manifest names, and
 * `attw` at the types that each way of resolving an import leads to.
 *
 * @param {string} tarball The file's path.
 * @returns {Promise<string[]>}
 */
export async function packageProblems(tarball) {
  // A copy that lies in memory of its own: files as small as these share theirs with others.
  const bytes = new Uint8Array(readFileSync(tarball));
  return [...(await manifestProblems(bytes)), ...(await typeProblems(bytes))];
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function manifestProblems(bytes) {
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer },
    strict: true,
    level: "warning",
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function typeProblems(bytes) {
  const analysis = await checkPackage(createPackageFromTarballData(bytes));
  if (!analysis.types) return [];
  return analysis.problems
    .filter((problem) => !("resolutionKind" in problem && NOT_PROMISED.includes(problem.resolutionKind)))
    .map((problem) => `attw: ${problemKindInfo[problem.kind].title}: ${JSON.stringify(problem)}`);
}
