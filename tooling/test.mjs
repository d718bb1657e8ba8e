import { ensureInstall } from "./ensure-install.mjs";
import { main, step } from "./steps.mjs";

const errorsOnly = "--output-logs=errors-only";
const allErrors = ["--continue=dependencies-successful", errorsOnly];

await main("npm test", async () => {
  await ensureInstall();
  await step("build", "turbo", ["run", "build", errorsOnly]);
  await step("lint", "biome", ["check", "--error-on-warnings"]);
  const checks = ["typecheck:workspace", "typecheck:tooling", "lint:package"];
  await step("typecheck, lint packages", "turbo", ["run", ...checks, ...allErrors]);
  const reporters = ["--reporter=default", "--reporter=json", "--outputFile.json=.logs/vitest.json"];
  await step("tests", "vitest", ["run", ...reporters, ...process.argv.slice(2)], { live: true });
});
