import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/index.ts", "src/message-blocks.ts"]);
