import { rmSync } from "node:fs";
import path from "node:path";
import { buildSite } from "./docs/build-site.mjs";
import { siteProblems } from "./docs/check-site.mjs";
import { publicEntries } from "./docs/public-entries.mjs";
import { sitePages } from "./docs/site-pages.mjs";
import { stagePages } from "./docs/stage-pages.mjs";
import { main, root, StepFailedError } from "./steps.mjs";

await main("npm run docs", async () => {
  const folder = path.join(root, ".site");
  rmSync(folder, { recursive: true, force: true });
  const staged = stagePages(root, sitePages(root), path.join(folder, "pages"));
  const problems = await buildSite({ root, entries: publicEntries(), staged }, folder);
  const site = path.join(folder, "html");
  if (problems.length === 0) problems.push(...siteProblems(site));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) throw new StepFailedError("the site", 1);
  process.stdout.write(`${path.join(site, "index.html")}\n`);
});
