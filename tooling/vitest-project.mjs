/**
 * What the tests of every package share. A project does not inherit these from the root configuration.
 *
 * @param {string} name The package's folder.
 * @returns {import("vitest/config").UserWorkspaceConfig}
 */
export function vitestProject(name) {
  return {
    test: {
      name,
      include: ["test/**/*.test.{ts,mjs}"],
      testTimeout: 30_000,
      hookTimeout: 30_000,
    },
  };
}
