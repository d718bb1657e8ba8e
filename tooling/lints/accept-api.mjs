import { ensureInstall } from "../ensure-install.mjs";
import { main, step } from "../steps.mjs";

await main("npm run api", async () => {
  await ensureInstall();
  await step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  await step("accept the public types", "vitest", ["run", "--project", "tooling", "api-report", "--update"]);
});
