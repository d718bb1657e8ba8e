import { spawn } from "node:child_process";
import path from "node:path";
import { ensureInstall } from "./ensure-install.mjs";
import { main, root, step } from "./steps.mjs";

await main("demo", async () => {
  await ensureInstall({ forTests: false });
  await step("build", "turbo", ["run", "build", "--filter=agent-sessions...", "--output-logs=errors-only"]);

  const program = path.join(root, "apps", "cli", "dist", "agent-sessions.cjs");
  const demo = spawn(process.execPath, [program, "demo", ...process.argv.slice(2)], {
    // npm starts scripts in the package's folder; relative paths count from where the person is.
    cwd: process.env["INIT_CWD"] ?? process.cwd(),
    stdio: "inherit",
  });
  demo.on("close", (code) => {
    process.exitCode = code ?? 1;
  });
});
