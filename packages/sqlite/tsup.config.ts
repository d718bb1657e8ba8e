import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/index.ts"], { whole: ["src/index.ts"] });
