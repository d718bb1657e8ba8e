import { root } from "../steps.mjs";
import { versionPackages } from "./version-packages.mjs";

await versionPackages(root);
