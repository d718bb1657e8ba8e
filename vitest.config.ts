import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Prints where each package stands, and lists every gap in `coverage/gaps.txt`. */
const byPackage = fileURLToPath(new URL("tooling/coverage-by-package.cjs", import.meta.url));

export default defineConfig({
  test: {
    // Tests wait for other processes much of the time: even on two cores, two files side by side are done sooner than one by one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: ["{packages,apps,examples}/*/vitest.config.ts", "tooling/vitest.config.ts"],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["html", [byPackage, {}]],
      reportsDirectory: "coverage",
      // A red run still shows what it has covered.
      reportOnFailure: true,
      // Of all packages together: `npm run coverage` fails beneath them. What runs only in a child process does not count.
      thresholds: { lines: 98, branches: 95 },
    },
  },
});
