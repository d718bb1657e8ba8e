import { spawn } from "node:child_process";
import path from "node:path";
import { ensureInstall } from "./ensure-install.mjs";
import { main, root, step } from "./steps.mjs";

const [app = "", ...args] = process.argv.slice(2);

await main(`npm run ${app}`, async () => {
  await ensureInstall();
  const filter = `--filter=@agent-sessions/${app}...`;
  await step("build", "turbo", ["run", "build", filter, "--output-logs=errors-only"]);

  const program = path.join(root, "apps", app, "dist", "main.js");
  const running = spawn(process.execPath, [program, ...args], { stdio: "inherit" });
  // Ctrl-C reaches the program as well; it reports what it has done so far, and this process waits for it.
  process.on("SIGINT", () => undefined);
  running.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
});
