import { ensureInstall } from "./ensure-install.mjs";
import { main, step } from "./steps.mjs";

const errorsOnly = "--output-logs=errors-only";
const allErrors = ["--continue=dependencies-successful", errorsOnly];

await main("npm test", async () => {
  await ensureInstall();
  await step("build", "turbo", ["run", "build", errorsOnly]);
  await step("lint", "biome", ["check", "--error-on-warnings"]);
  await step("typecheck", "turbo", ["run", "typecheck", "typecheck:tooling", ...allErrors]);
  await step("lint packages", "turbo", ["run", "lint:package", ...allErrors]);
  const selection = process.argv.slice(2);
  // What a part of the tests covers says nothing about the thresholds.
  const coverage = selection.length === 0 ? ["--coverage"] : [];
  const reporters = ["--reporter=default", "--reporter=json", "--outputFile.json=.logs/vitest.json"];
  await step("tests", "vitest", ["run", ...reporters, ...coverage, ...selection], { live: true });
});
