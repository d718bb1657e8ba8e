import { rmSync } from "node:fs";
import path from "node:path";
import { packageFolders } from "./install-stamp.mjs";
import { root } from "./steps.mjs";

/** Everything that a command of this workspace can make again, but for the installed dependencies. */
const madeFolders = ["dist", "coverage", ".turbo", ".logs", ".release"];

for (const folder of packageFolders(root)) {
  for (const made of madeFolders) rmSync(path.join(root, folder, made), { recursive: true, force: true });
}
