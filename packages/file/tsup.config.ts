import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/index.ts", "src/kernel-lock.ts", "src/staging-folder.ts"]);
