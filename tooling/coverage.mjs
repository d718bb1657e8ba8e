import { ensureInstall } from "./ensure-install.mjs";
import { main, step } from "./steps.mjs";

/** The packages' own tests, measured. Not a part of `npm test`: code that is watched runs at two thirds of its speed. */
await main("npm run coverage", async () => {
  await ensureInstall();
  await step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  await step("tests", "vitest", ["run", "--coverage", "packages/"], { live: true });
});
