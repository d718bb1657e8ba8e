import { compileImports } from "./compile-imports.mjs";
import { writeContractFile } from "./contract-file.mjs";
import { entryPoints, importPackage } from "./import-package.mjs";
import { compilePrograms, readmeBlocks, runPrograms, typeCommands } from "./readme-snippets.mjs";
import { runProgram } from "./run-program.mjs";

/**
 * @typedef {import("./pack-packages.mjs").Manifest} Manifest
 * @typedef {import("./project.mjs").Project} Project
 *
 * @typedef {object} Check
 * @property {string} packageName
 * @property {string} system How the package is got at: a module system, or a program's command line.
 * @property {string} what
 * @property {(project: Project) => Promise<void>} run Rejects with what is wrong.
 *
 * @typedef {object} Selection
 * @property {import("./stranger.mjs").Installer} installer
 * @property {readonly Resolution[]} resolutions How TypeScript finds the types.
 * @property {boolean} readmes Whether the READMEs are followed.
 * @property {readonly string[]} urls The stores that the program is asked to open.
 * @property {readonly string[]} contracts The folders of the backends that run the contract.
 * @property {string} [clauses] A pattern of titles, to run a part of it.
 */

/** @typedef {import("./compile-imports.mjs").Resolution} Resolution */

const CONTRACT_TIMEOUT_MS = 600_000;

/**
 * What is tried in a project that has all packages installed.
 *
 * @param {readonly Manifest[]} manifests Of the packages.
 * @param {Selection} selection
 * @returns {Check[]}
 */
export function checksFor(manifests, { installer, resolutions, readmes, urls, contracts, clauses }) {
  const libraries = manifests.filter((manifest) => entryPoints(manifest).length > 0);
  return [
    ...libraries.flatMap((manifest) => importChecks(manifest)),
    ...resolutions.flatMap((resolution) => typeChecks(libraries, resolution)),
    ...(readmes ? readmeChecks(manifests.map(({ name }) => name)) : []),
    ...programChecks(installer, urls),
    ...contracts.map((backend) => contractCheck(backend, clauses)),
  ];
}

/**
 * @param {Manifest} manifest
 * @returns {Check[]}
 */
function importChecks(manifest) {
  const packageName = manifest.name;
  return [
    {
      packageName,
      system: "ESM",
      what: "import",
      run: ({ stranger }) => importPackage(stranger, manifest, "import"),
    },
    {
      packageName,
      system: "CommonJS",
      what: "require()",
      run: ({ stranger }) => importPackage(stranger, manifest, "require"),
    },
  ];
}

/**
 * @param {readonly Manifest[]} libraries
 * @param {Resolution} resolution
 * @returns {Check[]}
 */
function typeChecks(libraries, resolution) {
  return libraries.map(({ name }) => ({
    packageName: name,
    system: `TypeScript ${resolution}`,
    what: "types",
    run: async (project) => {
      // One compilation for all of them: most of its time goes into what they share.
      const compiled = project.once(resolution, () =>
        compileImports(project.stranger, libraries, resolution),
      );
      const problems = compiled.get(name) ?? [];
      if (problems.length > 0) throw new Error(problems.join("\n"));
    },
  }));
}

/**
 * @param {readonly string[]} names Of the packages.
 * @returns {Check[]}
 */
function readmeChecks(names) {
  /** @param {Project} project */
  const read = (project) => project.once("blocks", () => readmeBlocks(project.stranger, names));
  /** @param {Project} project */
  const compile = (project) =>
    project.once("snippets", () => compilePrograms(project.stranger, read(project)));
  return names.flatMap((packageName) => [
    {
      packageName,
      system: "TypeScript NodeNext",
      what: "programs of the README",
      run: (/** @type {Project} */ project) =>
        runPrograms(project.stranger, read(project).get(packageName) ?? [], compile(project)),
    },
    {
      packageName,
      system: "shell",
      what: "commands of the README",
      run: (/** @type {Project} */ project) =>
        typeCommands(project.stranger, read(project).get(packageName) ?? [], packageName),
    },
  ]);
}

/**
 * @param {import("./stranger.mjs").Installer} installer
 * @param {readonly string[]} urls
 * @returns {Check[]}
 */
function programChecks(installer, urls) {
  return urls.map((url) => ({
    packageName: "agent-sessions",
    system: installer === "npm" ? "shell, installed globally" : "shell",
    what: `program on ${url}`,
    run: async ({ stranger, programs }) => await runProgram(stranger, programs, url),
  }));
}

/**
 * @param {string} backend
 * @param {string | undefined} clauses
 * @returns {Check}
 */
function contractCheck(backend, clauses) {
  return {
    packageName: `@agent-sessions/${backend}`,
    system: "ESM",
    what: "contract under node --test",
    run: async ({ stranger }) => {
      const file = await writeContractFile(stranger, backend);
      const part = clauses === undefined ? [] : [`--test-name-pattern=${clauses}`];
      const { exitCode, output } = await stranger.node(["--test", "--test-reporter=tap", ...part, file], {
        timeoutMs: CONTRACT_TIMEOUT_MS,
      });
      const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0);
      if (exitCode === 0 && passed > 0) return;
      throw new Error(`${passed} clauses passed; node --test ended with ${exitCode}:\n${failuresIn(output)}`);
    },
  };
}

/**
 * The parts of a TAP report that tell of failures; all of it when there are none.
 *
 * @param {string} report
 */
function failuresIn(report) {
  const failures = report.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm);
  return failures === null ? report : failures.join("\n");
}
