import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/main.ts", "src/child.ts"], { dts: false });
