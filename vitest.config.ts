import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["{packages,apps,examples}/*/vitest.config.ts", "tooling/vitest.config.ts"],
    coverage: { provider: "v8", include: ["{packages,apps}/*/src/**/*.ts"], reportsDirectory: "coverage" },
  },
});
