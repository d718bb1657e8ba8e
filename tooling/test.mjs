import { ensureInstall } from "./ensure-install.mjs";
import { main, step } from "./steps.mjs";

const errorsOnly = "--output-logs=errors-only";
const allErrors = ["--continue=dependencies-successful", errorsOnly];

await main("npm test", async () => {
  await ensureInstall();
  // From here on nothing goes beyond the loopback interface, but to a PostgreSQL server that somebody names. Node reads the whole file
  // of certificates at each of hundreds of starts: with those of a whole system that takes longer than all else of a start.
  if (!process.env["AGENT_SESSIONS_POSTGRES_URL"]) delete process.env["NODE_EXTRA_CA_CERTS"];
  await step("build", "turbo", ["run", "build", errorsOnly]);
  await step("lint", "biome", ["check", "--error-on-warnings"]);
  const checks = ["typecheck:workspace", "typecheck:tooling", "lint:packed"];
  await step("typecheck, lint packages", "turbo", ["run", ...checks, ...allErrors]);
  const reporters = ["--reporter=default", "--reporter=json", "--outputFile.json=.logs/vitest.json"];
  await step("tests", "vitest", ["run", ...reporters, ...process.argv.slice(2)], { live: true });
});
