import { readdirSync } from "node:fs";
import path from "node:path";
import { ensureInstall } from "./ensure-install.mjs";
import { main, root, step } from "./steps.mjs";

/** The packages' own tests, measured. Not a part of `npm test`: code that is watched runs at two thirds of its speed. */
await main("npm run coverage", async () => {
  await ensureInstall();
  await step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  // A project has its package's folder as its name.
  const projects = readdirSync(path.join(root, "packages")).map((name) => `--project=${name}`);
  await step("tests", "vitest", ["run", "--coverage", ...projects], { live: true });
});
