import path from "node:path";
import { build } from "esbuild";
import { root } from "../steps.mjs";

/**
 * The contract test of a backend as one file for `node --test` in somebody's project: the same harness, with every way that it has to
 * hurt a store, on the package that is installed there.
 *
 * @param {import("./stranger.mjs").Stranger} stranger
 * @param {string} backend A folder of `packages`.
 * @returns {Promise<string>} The file, relative to the project.
 */
export async function writeContractFile(stranger, backend) {
  const name = `@agent-sessions/${backend}`;
  const file = `contract-${backend}/test/contract.mjs`;
  await build({
    entryPoints: [path.join(root, "packages", backend, "test", "contract.test.ts")],
    outfile: path.join(stranger.folder, file),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    plugins: [installed(backend, name)],
  });
  // Child processes import the package by its place.
  stranger.write(`contract-${backend}/dist/index.js`, `export * from ${JSON.stringify(name)};\n`);
  return file;
}

/**
 * What a test of the workspace imports, as somebody's project has it.
 *
 * @param {string} backend
 * @param {string} name
 * @returns {import("esbuild").Plugin}
 */
function installed(backend, name) {
  const isFactory = new RegExp(`/src/(?:index|${backend}-session-store)\\.js$`);
  return {
    name: "installed",
    setup({ onResolve }) {
      onResolve({ filter: /^vitest$/ }, () => ({ path: "node:test", external: true }));
      onResolve({ filter: isFactory }, () => ({ path: name, external: true }));
      onResolve({ filter: /^[^./]/ }, ({ kind, path: wanted }) =>
        kind === "entry-point" ? null : { path: wanted, external: true },
      );
    },
  };
}
