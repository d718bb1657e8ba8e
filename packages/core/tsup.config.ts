import { tsupOptions } from "../../tooling/tsup-options.mjs";

export default tsupOptions(["src/index.ts", "src/memory.ts", "src/contract.ts", "src/backend.ts"], {
  whole: ["src/index.ts", "src/backend.ts"],
});
