import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureInstall } from "./ensure-install.mjs";
import { main, root } from "./steps.mjs";

// For scripts that import installed packages: in a fresh clone they could not even be loaded before the install.
const [node = "", , name = "", ...args] = process.argv;
const script = path.join(root, "tooling", `${name}.mjs`);

await main(name, ensureInstall);
if (!process.exitCode) {
  process.argv = [node, script, ...args];
  await import(pathToFileURL(script).href);
}
