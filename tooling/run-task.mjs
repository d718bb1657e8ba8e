import { ensureInstall } from "./ensure-install.mjs";
import { main, step } from "./steps.mjs";

const tasks = process.argv.slice(2);

await main(tasks.join(" "), async () => {
  await ensureInstall();
  await step(tasks.join(" "), "turbo", ["run", ...tasks, "--output-logs=new-only"], { live: true });
});
