import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));

/** `@agent-sessions/core` is `core/src/index.ts`, `@agent-sessions/core/memory` is `core/src/memory.ts`. */
const sources = [
  { find: /^@agent-sessions\/([a-z-]+)$/, replacement: `${packages}$1/src/index.ts` },
  { find: /^@agent-sessions\/([a-z-]+)\/([a-z-]+)$/, replacement: `${packages}$1/src/$2.ts` },
];

/**
 * What the tests of every package share. A project does not inherit these from the root configuration.
 *
 * @param {string} name The package's folder.
 * @param {{ packagesFrom?: "src" | "dist" }} [options] `packagesFrom`: what the test process itself gets when it imports a package of
 *   this workspace. From `src`, an adapter's tests count for the coverage of what it is built on. Child processes, and the examples,
 *   always get what users would: `dist`.
 * @returns {import("vitest/config").UserWorkspaceConfig}
 */
export function vitestProject(name, { packagesFrom = "src" } = {}) {
  return {
    resolve: { alias: packagesFrom === "src" ? sources : [] },
    test: {
      name,
      // A process goes on with the next file, and with the modules that it has, which saves half a second of processor time for each.
      isolate: false,
      include: ["test/**/*.test.{ts,mjs}"],
      // A net for what hangs, and no measure of speed: tests that start processes take their time on a busy machine.
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  };
}
