import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/main.ts", "src/chat.ts"], { dts: false });
